import type { Context } from '../../lib/agent/define.ts';
import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { type DomainProcesses, domainProcesses } from '../../lib/hypervisor/xen/domain-processes.ts';
import { type Xl, xlOf } from '../../lib/hypervisor/xen/xl.ts';
import { lookAtDomain, lookInList } from '../../lib/hypervisor/xen/xl-look.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { OcfError } from '../../lib/ocf/error.ts';
import { isDigits } from '../../lib/system/letters.ts';
import { fileMemory, type Memory } from '../../lib/system/memory.ts';
import { andThen, type Soon } from '../../lib/system/soon.ts';
import { patientLook } from '../shared/patient-look.ts';
import type { parameters } from './parameters.ts';

export type XenContext = Context<typeof parameters>;

/** What is remembered of a domain between two actions on this node. */
export interface Facts {
  readonly name: string;
  /** The configuration file that the name was found by. */
  readonly xmfile: string;
  /** Domain id of the last look: another one means that the guest rebooted. */
  readonly id?: number | undefined;
  /** The other end of a migration that began here and was not seen to end. */
  readonly migration?: { readonly node: string; readonly address: string } | undefined;
  /** Monitors in a row that got no answer from the toolstack. */
  readonly unknownMonitors?: number;
  /** Utilization values that were written last. */
  readonly utilization?: Readonly<Record<string, number>>;
}

/** The domain of a resource, with what every action does to it. */
export interface Domain {
  readonly name: string;
  /** For messages: the resource, and the domain where its name differs. */
  readonly label: string;
  readonly xl: Xl;
  /** What xl is told to mean the domain under its own name. */
  readonly target: () => string;
  /** What was remembered when the action began. */
  readonly facts: Facts | undefined;
  readonly memory: Memory<Facts>;
  processes(id?: number): DomainProcesses;
  /** One look. */
  look(deadline: Deadline): VmState;
  /** Looks until `done` or the deadline; an unanswered look counts only until toolstack_timeout. */
  lookUntil(done: (state: VmState) => boolean, deadline: Deadline, stirs?: () => boolean): Soon<VmState>;
  /** Has the next look begin with the whole list, which an absence takes in any case. */
  expectGone(): void;
  /** Unpauses until the domain is not paused: pauses count, and each one wants its unpause. */
  letRun(deadline: Deadline): Soon<VmState>;
}

/** The domain that the parameters of a context mean. */
export function domainOf(context: XenContext): Soon<Domain> {
  const memory = fileMemory<Facts>(`Xen-${context.environment.instance}`, context.host.runFolder);
  const remembered = memory.read();
  return andThen(domainName(context, remembered), (name) => domainNamed(name, memory, remembered, context));
}

function domainNamed(
  name: string,
  memory: Memory<Facts>,
  remembered: Facts | undefined,
  { host, parameters, environment }: XenContext,
): Domain {
  const facts = remembered?.name === name && remembered.xmfile === parameters.xmfile ? remembered : undefined;
  const processes = (id?: number) => domainProcesses(host.processes(), name, parameters.xmfile, id);
  // A domain that dies loses its name, and a reboot changes its id: the last one that was seen tells.
  let lastId = facts?.id;
  // What is expected to be gone, or was not seen under its own name, is looked for in the whole list at once.
  let isNamed = environment.action !== 'start' && !environment.isProbe;
  const look = (deadline: Deadline) => {
    // A tool that hangs must leave time to ask again: no single question takes more than a third of what is left.
    const one = deadline.within(Math.max(1000, deadline.remaining() / 3));
    const asked = { runner: host.runner, name, processes, lastId };
    const state = isNamed ? lookAtDomain(asked, one) : lookInList(asked, one);
    isNamed = !['absent', 'incoming', 'migrated-away'].includes(state.kind);
    if ('id' in state) lastId = state.id ?? lastId;
    return state;
  };
  // xl takes a name of digits for the id of a domain, which would be another one.
  const target = () => (isDigits(name) ? `${lastId ?? `domain ${name}`}` : name);
  const lookUntil = patientLook(look, parameters.toolstack_timeout, host.clock);
  const xl = xlOf(host.runner, name, target);
  return {
    name,
    target,
    label: name === environment.instance ? name : `${environment.instance} (domain ${name})`,
    xl,
    facts,
    memory,
    processes,
    look,
    lookUntil,
    expectGone: () => {
      isNamed = false;
    },
    letRun: (deadline) =>
      lookUntil((seen) => {
        if (seen.kind === 'paused') xl.unpause(deadline);
        return seen.kind !== 'paused';
      }, deadline),
  };
}

/**
 * The domain's name: the parameter, else what it was when it was last seen running here, else the configuration file,
 * else the resource's id.
 *
 * A configuration that vanished, or hangs with its storage, must neither hide a running domain nor delay its monitor
 * (complaints RA#856, RA#1231, RA#546). Only a start takes the name anew.
 */
function domainName(context: XenContext, remembered: Facts | undefined): Soon<string> {
  const { parameters, environment } = context;
  if (parameters.name !== undefined) return parameters.name;
  // A stop ends what was seen here, whatever the parameter says by now.
  const isSame = remembered?.xmfile === parameters.xmfile || environment.action === 'stop';
  const known = isSame ? remembered?.name : undefined;
  if (known !== undefined && environment.action !== 'start') return known;
  return nameInConfiguration(context);
}

async function nameInConfiguration({ parameters, environment, log }: XenContext): Promise<string> {
  try {
    const { configuredName } = await import('./config.ts');
    return configuredName(parameters.xmfile) ?? environment.instance;
  } catch (error) {
    if (!(error instanceof OcfError) || environment.action === 'start') throw error;
    if (!environment.isProbe) log.warn(`${error.message}; the domain is taken to be ${environment.instance}`);
    return environment.instance;
  }
}
