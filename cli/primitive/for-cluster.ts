import { agents } from '../../agents/index.ts';
import { type Cib, parseCib } from '../../lib/cluster/cib.ts';
import { ownNodeName } from '../../lib/cluster/self.ts';
import { withShadow } from '../../lib/cluster/shadow.ts';
import { badArguments, failed } from '../../lib/ocf/error.ts';
import { networkFacts } from '../../lib/survey/network.ts';
import { type VmConfigFacts, vmConfigsFacts } from '../../lib/survey/vm-configs.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { lastWords } from '../../lib/system/runner.ts';
import { vmsOf } from '../check/read.ts';
import { nodeNames } from '../cluster-nodes.ts';
import type { Tools } from '../command.ts';
import { type MigrationRate, migrationRate, speedOfAddress } from '../migration-rate.ts';
import { startsAtOnce } from '../start-time.ts';
import { asXml } from './as-xml.ts';
import { type Design, idFrom, oneVm } from './design.ts';
import { layersUnder } from './storage.ts';
import { vmPrimitive } from './vm.ts';
import { isShared, type StorageDesign, withStorage } from './with-storage.ts';

interface Wanted {
  readonly hypervisor: 'xen' | 'vmware';
  readonly file: string;
  readonly id: string | undefined;
  readonly rate: number | undefined;
  readonly storage: boolean;
  readonly seconds: number;
}

/**
 * Designs the resource of a VM for the cluster of this node, or for none yet where Pacemaker does not run, and has
 * crm_verify judge it.
 *
 * @throws OcfError exit 2 when the file or the name cannot be used, exit 1 when crm_verify refuses the design.
 */
export async function designFor(wanted: Wanted, tools: Tools): Promise<StorageDesign> {
  const { runner, clock } = tools;
  const config = await readConfig(wanted, tools);
  const self = ownNodeName(runner, fromNow(wanted.seconds * 1000, clock));
  return await withShadow(self === undefined ? 'empty' : 'live', runner, fromNow(120_000, clock), async (shadow) => {
    const cib = await parseCib(shadow.xml);
    const id = wanted.id ?? idFrom(config.name ?? wanted.file.replace(/^.*\/|\.[^.]*$/g, ''));
    refuseWhatIsThere(id, wanted.file, cib);
    const paths = config.storage.flatMap(({ path, state, use }) =>
      state === 'present' && use !== 'cdrom' ? [path] : [],
    );
    const layers = wanted.storage
      ? await layersUnder([wanted.file, ...paths], runner, fromNow(wanted.seconds * 1000, clock))
      : [];
    const addressAttribute = addressAttributeOf(cib);
    const share = startsAtOnce(vmsOf(cib).length + 1, {
      nodes: Math.max(2, nodeNames(cib).length),
      cores: undefined,
      limit: Number(cib.properties['node-action-limit'] ?? 0),
    });
    const limit = Number(cib.properties['migration-limit'] ?? 0);
    const counted = countedCapacities(cib);
    const agent = await agents[wanted.hypervisor === 'xen' ? 'Xen' : 'VMware']?.();
    const primitive = vmPrimitive(
      {
        id,
        hypervisor: wanted.hypervisor,
        file: wanted.file,
        memoryMiB: config.memoryMiB,
        vcpus: config.vcpus,
        addressAttribute,
        isMigratable: isShared(layers),
        rate: await rateOf(addressAttribute, self, wanted.rate, cib, tools),
        migrationsAtOnce: limit > 0 ? Math.min(limit, share) : share,
        startsAtOnce: share,
        counted: counted.names,
      },
      agent?.actions ?? [],
    );
    const made = wanted.storage ? withStorage(primitive, layers, cib) : { design: oneVm(primitive), notes: [] };
    refuseTaken(made.design, cib);
    if (self === undefined) {
      // A configuration without a cluster has no fencing device yet, and crm_verify would say only that.
      const off = '<nvpair id="trial-fencing" name="stonith-enabled" value="false"/>';
      await shadow.modify(`<crm_config><cluster_property_set id="trial">${off}</cluster_property_set></crm_config>`);
    }
    const before = await shadow.run('crm_verify', ['--xml-file', shadow.file]);
    await shadow.modify(asXml(made.design));
    const after = await shadow.run('crm_verify', ['--xml-file', shadow.file, '--verbose']);
    if (after.code !== 0 && before.code === 0) {
      throw failed(`crm_verify refuses the resource: ${lastWords(after)}`, 'report it, with the configuration file');
    }
    const notes = [
      ...made.notes,
      ...counted.notes,
      ...(wanted.hypervisor === 'xen' && addressAttribute === undefined && isShared(layers)
        ? ['No node has a migration address (ip_livemigration): VMs migrate over the network of the node names.']
        : []),
      ...(before.code === 0
        ? []
        : ['The configuration of the cluster did not pass crm_verify before: see crm_verify -LV.']),
    ];
    return { design: made.design, notes };
  });
}

async function readConfig(
  { file, seconds }: Wanted,
  { runner, clock }: Tools,
): Promise<VmConfigFacts & { kind: 'read' }> {
  // What a CIB cannot hold as it is: Pacemaker 2.1.5 turns a line break into two characters.
  if (!/^\/\P{Cc}+$/u.test(file)) {
    throw badArguments(`${JSON.stringify(file)} is no absolute path`, 'give the path that the file has on every node');
  }
  const [config] = await vmConfigsFacts({ files: [file] }, { runner, deadline: fromNow(seconds * 1000, clock) });
  if (config?.kind === 'read') return config;
  throw badArguments(`${file} cannot be used: ${config?.why ?? 'no answer'}`, 'give the configuration file of a VM');
}

function refuseWhatIsThere(id: string, file: string, cib: Cib): void {
  if (idFrom(id) !== id) {
    throw badArguments(`${JSON.stringify(id)} cannot be the name of a resource`, `take for example --id ${idFrom(id)}`);
  }
  const same = vmsOf(cib).find((vm) => vm.file === file);
  if (same !== undefined) throw badArguments(`${same.id} is this VM already: it has ${file}`, 'there is nothing to do');
}

function refuseTaken(design: Design, cib: Cib): void {
  const made = [design.primitives, design.groups, design.clones].flatMap((all) => all.map(({ id }) => id));
  const constraints = [...design.orders, ...design.colocations].map(({ id }) => id);
  const taken = new Set([
    ...cib.resources.flatMap(({ id, within }) => [id, ...within]),
    ...cib.constraints.map(({ id }) => id),
  ]);
  const clash = [...made, ...constraints].find((id) => taken.has(id));
  if (clash !== undefined) throw badArguments(`the cluster has a ${clash} already`, 'choose another name with --id');
}

/** The node attribute that VMs of this cluster use already, else the usual one if a node has it. */
function addressAttributeOf(cib: Cib): string | undefined {
  const used = vmsOf(cib).flatMap(({ parameters }) => parameters['node_ip_attribute'] ?? []);
  const usual = 'ip_livemigration';
  const has = cib.nodes.some(({ attributes, transient }) => usual in attributes || usual in transient);
  return used[0] ?? (has ? usual : undefined);
}

/** A need that a node has no capacity for keeps a VM off it, once the cluster counts. */
function countedCapacities(cib: Cib): { readonly names: readonly string[]; readonly notes: readonly string[] } {
  const names = ['hv_memory', 'cpu'];
  if ((cib.properties['placement-strategy'] ?? 'default') === 'default') return { names, notes: [] };
  const nodes = cib.nodes.filter(({ type }) => type !== 'ping');
  const known = names.filter((name) => nodes.every(({ utilization }) => utilization[name] !== undefined));
  const left = names.filter((name) => !known.includes(name));
  return {
    names: known,
    notes: left.map((name) => `Not every node has the capacity ${name}: the VM does not ask for it.`),
  };
}

async function rateOf(
  attribute: string | undefined,
  self: string | undefined,
  measured: number | undefined,
  cib: Cib,
  { runner, clock }: Tools,
): Promise<MigrationRate> {
  const node = cib.nodes.find(({ name }) => name === self);
  const address = attribute === undefined ? undefined : (node?.attributes[attribute] ?? node?.transient[attribute]);
  if (measured !== undefined || address === undefined) return migrationRate(measured, undefined);
  try {
    const network = await networkFacts({}, { runner, deadline: fromNow(5000, clock) });
    return migrationRate(undefined, speedOfAddress(network, address));
  } catch {
    return migrationRate(undefined, undefined);
  }
}
