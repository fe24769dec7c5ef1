import type { Cib, CibNode } from '../../lib/cluster/cib.ts';
import { isHostAddress } from '../../lib/ocf/address.ts';
import type { NodeAnswer } from '../../lib/survey/ask-nodes.ts';
import type { Request } from '../../lib/survey/survey.ts';
import type { VmConfigFacts } from '../../lib/survey/vm-configs.ts';
import type { VmsOptions } from '../../lib/survey/vms.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { lastWords } from '../../lib/system/runner.ts';
import { quoteWord, splitWords } from '../../lib/system/shell-words.ts';
import { sshArguments } from '../../lib/system/ssh.ts';
import { surveyNodes } from '../cluster-nodes.ts';
import type { Tools } from '../command.ts';
import type { Vm } from './vm.ts';

/** Something that stands in the way, and what to do about it. */
export interface Obstacle {
  /** The VM; undefined when it is about a node or the cluster. */
  readonly vm: string | undefined;
  readonly what: string;
  readonly remedy: string;
}

/** A VM that is to go from one node to another. */
export interface Journey {
  readonly vm: Vm;
  readonly from: string;
  readonly to: string;
}

/** What the preflight found out, also for the progress. */
export interface Preflight {
  readonly obstacles: readonly Obstacle[];
  /** MiB that each VM has on the node that it leaves, by its id; left out where unknown. */
  readonly memoryMiB: ReadonlyMap<string, number>;
  /** The domain's name on its node, by the VM's id. */
  readonly domains: ReadonlyMap<string, string>;
}

type Asked = {
  readonly host: Record<string, never>;
  readonly vmConfigs: { readonly files: readonly string[] };
  readonly vms: VmsOptions;
} & Request;

type Answers = ReadonlyMap<string, NodeAnswer<Asked>>;

/** Looks whether every VM can go where it is to go: at the targets themselves, and at the nodes that the VMs leave. */
export async function preflight(
  journeys: readonly Journey[],
  cib: Cib,
  tools: Tools,
  seconds: number,
): Promise<Preflight> {
  const files = [...new Set(journeys.flatMap(({ vm }) => vm.configFile ?? []))];
  const xlFiles = [...new Set(journeys.flatMap(({ vm }) => (vm.hypervisor === 'xen' ? (vm.configFile ?? []) : [])))];
  const nodes = [...new Set(journeys.flatMap(({ from, to }) => [from, to]))];
  const request: Asked = { host: {}, vmConfigs: { files }, vms: { xlFiles } };
  const [answers, unreachable] = await Promise.all([
    surveyNodes(nodes, request, { tools, seconds }),
    addressObstacles(journeys, cib, tools, seconds),
  ]);
  const memoryMiB = new Map<string, number>();
  const domains = new Map<string, string>();
  for (const journey of journeys) {
    const { vm } = journey;
    const domain = domainOf(journey, answers);
    domains.set(vm.id, domain);
    const found = vmsOn(journey.from, answers)?.find((one) => one.vm === domain);
    const memory = found?.memoryMiB ?? configOf(journey.from, vm, answers)?.memoryMiB;
    if (memory !== undefined) memoryMiB.set(vm.id, memory);
  }
  const targets = [...new Set(journeys.map(({ to }) => to))];
  return {
    memoryMiB,
    domains,
    obstacles: [
      ...targets.flatMap((target) => silenceOf(target, answers)),
      ...targets.flatMap((target) => memoryObstacle(target, journeys, memoryMiB, answers)),
      ...journeys.flatMap((journey) => configObstacles(journey, answers)),
      ...unreachable,
    ],
  };
}

function factsOf<Name extends keyof Asked>(node: string, name: Name, answers: Answers) {
  const answer = answers.get(node);
  return answer?.kind === 'answered' ? answer.facts[name] : undefined;
}

function vmsOn(node: string, answers: Answers) {
  const answer = factsOf(node, 'vms', answers);
  return answer !== undefined && 'facts' in answer ? answer.facts.vms : undefined;
}

function domainOf({ vm, from }: Journey, answers: Answers): string {
  const answer = factsOf(from, 'vms', answers);
  const names = answer !== undefined && 'facts' in answer ? answer.facts.names : {};
  return vm.name ?? names[vm.configFile ?? ''] ?? vm.id;
}

function configOf(node: string, vm: Vm, answers: Answers): (VmConfigFacts & { kind: 'read' }) | undefined {
  const answer = factsOf(node, 'vmConfigs', answers);
  const all = answer !== undefined && 'facts' in answer ? answer.facts : [];
  const found = all.find(({ file }) => file === vm.configFile);
  return found?.kind === 'read' ? found : undefined;
}

function silenceOf(node: string, answers: Answers): Obstacle[] {
  const answer = answers.get(node);
  if (answer === undefined || answer.kind === 'answered') return [];
  return [
    {
      vm: undefined,
      what: `${node} does not tell whether it can take a VM: ${answer.why}`,
      remedy: `as root, this must work without a question: ssh ${quoteWord(node)} ocf-virt --version`,
    },
  ];
}

function memoryObstacle(
  target: string,
  journeys: readonly Journey[],
  memoryMiB: ReadonlyMap<string, number>,
  answers: Answers,
): Obstacle[] {
  const host = factsOf(target, 'host', answers);
  if (host === undefined) return [];
  const hypervisor = 'facts' in host ? host.facts.hypervisor : ({ kind: 'silent', problem: host.problem } as const);
  const coming = journeys.filter(({ to }) => to === target).map(({ vm }) => vm.id);
  if (hypervisor.kind === 'silent' || hypervisor.kind === 'none') {
    const why = hypervisor.kind === 'none' ? 'no hypervisor is installed there' : hypervisor.problem;
    return [{ vm: undefined, what: `${target} has no hypervisor that answers: ${why}`, remedy: `look there: xl info` }];
  }
  const needed = coming.reduce((sum, vm) => sum + (memoryMiB.get(vm) ?? 0), 0);
  if (needed <= hypervisor.freeMiB) return [];
  const who = coming.length === 1 ? `${coming[0]} needs` : `${coming.join(', ')} need`;
  return [
    {
      vm: coming.length === 1 ? coming[0] : undefined,
      what: `${target} has too little memory: ${who} ${needed} MiB, and ${hypervisor.freeMiB} MiB are free`,
      remedy: 'choose another node, or move a VM away from it first',
    },
  ];
}

/** The file, the disks and the bridges. */
function configObstacles({ vm, from, to }: Journey, answers: Answers): Obstacle[] {
  const answer = factsOf(to, 'vmConfigs', answers);
  const all = answer !== undefined && 'facts' in answer ? answer.facts : undefined;
  const there = all?.find(({ file }) => file === vm.configFile);
  if (there === undefined) return [];
  const obstacle = (what: string, remedy: string): Obstacle => ({ vm: vm.id, what, remedy });
  if (there.kind === 'unusable') {
    return [
      obstacle(
        `${to} cannot read the configuration of ${vm.id}: ${there.file}: ${there.why}`,
        'copy the file there, or mount the storage that holds it',
      ),
    ];
  }
  const here = configOf(from, vm, answers);
  const isSame = here === undefined || here.digest === there.digest;
  return [
    ...(isSame
      ? []
      : [
          obstacle(
            `the configuration of ${vm.id}, ${there.file}, is not the same on ${from} and ${to}`,
            `compare: diff ${quoteWord(there.file)} <(ssh ${quoteWord(to)} cat ${quoteWord(there.file)})`,
          ),
        ]),
    ...there.storage
      .filter(({ state }) => state === 'absent' || state === 'unanswered')
      .map(({ path, use, state }) =>
        obstacle(
          `${to} ${state === 'absent' ? 'does not have' : 'gets no answer from'} the ${use} ${path} of ${vm.id}`,
          'look at the storage there: its paths, its volume groups, its mounts',
        ),
      ),
    ...there.bridges
      .filter(({ present }) => !present)
      .map(({ name }) =>
        obstacle(`${to} has no bridge ${name}, which ${vm.id} needs`, `configure it there as on ${from}`),
      ),
  ];
}

/** The address of each target, and ssh over it from each node that VMs leave: what the agent itself needs. */
async function addressObstacles(
  journeys: readonly Journey[],
  cib: Cib,
  tools: Tools,
  seconds: number,
): Promise<readonly Obstacle[]> {
  const key = ({ vm, from, to }: Journey) => JSON.stringify([from, to, vm.addressAttribute, vm.sshOptions]);
  const distinct = new Map(
    journeys.filter(({ vm }) => vm.hypervisor === 'xen').map((journey) => [key(journey), journey]),
  );
  const found = await Promise.all([...distinct.values()].map((one) => addressObstacle(one, cib, tools, seconds)));
  return found.flat();
}

async function addressObstacle(
  { vm, from, to }: Journey,
  cib: Cib,
  { runner, clock }: Tools,
  seconds: number,
): Promise<Obstacle[]> {
  const node = cib.nodes.find(({ name }) => name === to);
  const address = vm.addressAttribute === undefined ? to : attributeOf(node, vm.addressAttribute);
  const set = `ocf-virt migration-address set ${quoteWord(to)} ADDRESS`;
  if (address === undefined) {
    return [{ vm: undefined, what: `${to} has no attribute ${vm.addressAttribute}`, remedy: `set it: ${set}` }];
  }
  if (!isHostAddress(address)) {
    const what = `the attribute ${vm.addressAttribute} of ${to} is ${JSON.stringify(address)}, which is no address`;
    return [{ vm: undefined, what, remedy: `correct it: ${set}` }];
  }
  const ssh = ['ssh', ...sshArguments(address, ['xl', 'list'], splitWords(vm.sshOptions))];
  const answer = await runner.perform('ssh', sshArguments(from, ssh), fromNow(seconds * 1000, clock));
  if (answer.outcome === 'exited' && answer.code === 0) return [];
  return [
    {
      vm: undefined,
      what: `${from} does not reach ${to} over its migration address ${address}: ${lastWords(answer)}`,
      remedy: `as root on ${from}, this must work without a question: ssh ${address} xl list`,
    },
  ];
}

/** The permanent value, else the transient one: as the agent takes it. */
const attributeOf = (node: CibNode | undefined, name: string) => node?.attributes[name] ?? node?.transient[name];
