import type { Cib } from '../../lib/cluster/cib.ts';
import { isTrue } from '../../lib/cluster/leaving.ts';
import type { PlannedStep } from '../../lib/cluster/plan.ts';
import type { NodeStatus, Status } from '../../lib/cluster/status.ts';
import { quoteWord } from '../../lib/system/shell-words.ts';
import type { Tools } from '../command.ts';
import { printable } from '../printable.ts';
import { describe } from './move-constraint.ts';
import type { Obstacle } from './preflight.ts';
import { statusOf, type Vm } from './vm.ts';

/** What keeps a node from taking VMs, in the cluster's eyes. */
export function nodeObstacles({ name, online, unclean, standby, maintenance }: NodeStatus): readonly Obstacle[] {
  const node = quoteWord(name);
  const obstacle = (what: string, remedy: string): Obstacle[] => [{ vm: undefined, what: `${name} ${what}`, remedy }];
  if (!online || unclean)
    return obstacle('is not online', `start the cluster there, or look why it is away: crm_mon -1`);
  return [
    ...(standby ? obstacle('is in standby', `ocf-virt undrain ${node}`) : []),
    ...(maintenance ? obstacle('is in maintenance', `crm node ready ${node}`) : []),
  ];
}

/**
 * VMs that are migrating now. Nothing that changes where they belong may be done meanwhile, not even by force: Pacemaker
 * (seen with 2.1.5) gives the migration up half-way, restarts the VM, and at times forgets the copy that has arrived, so
 * that the VM runs twice.
 */
export function migratingNow(vms: readonly Vm[], { resources }: Status): readonly Obstacle[] {
  return vms
    .filter(({ id }) => statusOf(id, resources)?.role === 'Migrating')
    .map(({ id }) => ({
      vm: id,
      what: `${id} is migrating now, and must not be told to go elsewhere meanwhile`,
      remedy: 'wait for it: crm_resource --wait',
    }));
}

/** What keeps the cluster from moving a VM at all. */
export function managementObstacles({ id }: Vm, { resources }: Status): readonly Obstacle[] {
  if (statusOf(id, resources)?.managed !== false) return [];
  const remedy = `end the maintenance of the cluster, the node or ${id}: crm configure show`;
  return [{ vm: id, what: `the cluster does not manage ${id}, and would leave it where it is`, remedy }];
}

/** What a plan of the cluster does to a VM that is to leave a node live; nothing when it migrates it. */
export function planObstacles(
  vm: Vm,
  from: string,
  plan: readonly PlannedStep[],
  cib: Cib,
  status: Status,
): readonly Obstacle[] {
  const step = plan.find(({ resource }) => resource === vm.id);
  if (step?.action === 'migrate') return [];
  const obstacle = (what: string, remedy: string): Obstacle[] => [{ vm: vm.id, what: `${vm.id} ${what}`, remedy }];
  if (step?.action === 'stop') {
    const why = whyNowhere(vm, from, cib, status);
    return obstacle(
      `would be stopped, because no other node may run it${why === '' ? '' : ` (${why})`}`,
      'let another node run it, or shut it down when its users agree',
    );
  }
  if (step?.to !== undefined) {
    const isAllowed = isTrue(vm.resource.meta['allow-migrate'] ?? cib.resourceDefaults['allow-migrate']);
    return obstacle(
      `would be restarted on ${step.to} instead of migrated live${isAllowed ? '' : ', because allow-migrate is not true'}`,
      isAllowed
        ? 'look what it depends on: crm_simulate --live-check'
        : `crm_resource --resource ${quoteWord(vm.id)} --meta --set-parameter allow-migrate --parameter-value true`,
    );
  }
  const why = whyNowhere(vm, from, cib, status);
  const stays = `would stay on ${from}${why === '' ? '' : ` (${why})`}`;
  if (failedElsewhere(vm.id, from, status).length > 0) {
    // A cleanup restarts a VM that has come by a live migration, with Pacemaker before 2.1.6 (its commit ad9fd9548f).
    const refresh = `crm resource refresh ${quoteWord(vm.id)}`;
    return obstacle(stays, `crm_mon -1 says why it failed there; when that is mended: ${refresh}`);
  }
  return obstacle(
    stays,
    'look at its constraints: crm configure show, and at what the cluster thinks: crm_simulate --live-check --show-scores',
  );
}

/** Why each other node may not run a VM, as far as the configuration says it without a calculation. */
function whyNowhere({ id, resource }: Vm, from: string, cib: Cib, status: Status): string {
  const { nodes } = status;
  const about = [id, ...resource.within];
  const banned = (node: string) =>
    cib.constraints.find(
      ({ kind, attributes, resources }) =>
        kind === 'location' &&
        attributes['score'] === '-INFINITY' &&
        attributes['node'] === node &&
        resources.some((one) => about.includes(one)),
    );
  const reasons = nodes
    .filter(({ name }) => name !== from)
    .flatMap((node) => {
      const constraint = banned(node.name);
      if (!node.online) return [`${node.name} is not online`];
      if (node.standby) return [`${node.name} is in standby`];
      if (node.maintenance) return [`${node.name} is in maintenance`];
      return constraint === undefined ? [] : [`constraint ${constraint.id} ${describeBan(constraint, node.name)}`];
    });
  const isWeighed = (cib.properties['placement-strategy'] ?? 'default') !== 'default';
  if (isWeighed && Object.keys(resource.utilization).length > 0) {
    const wanted = Object.entries(resource.utilization).map(([name, value]) => `${name}=${value}`);
    reasons.push(`it needs ${wanted.join(', ')} of a node's capacity`);
  }
  return [...reasons, ...failedElsewhere(id, from, status).map((node) => `it failed on ${node}`)].join('; ');
}

/** The other nodes on which Pacemaker tried a VM in vain, and does not try again before a refresh. */
function failedElsewhere(id: string, from: string, { failures }: Status): readonly string[] {
  const failed = failures.filter(
    ({ operation, node }) =>
      /^(start|migrate_from)_/.test(operation.slice(id.length + 1)) && operation.startsWith(`${id}_`) && node !== from,
  );
  return [...new Set(failed.map(({ node }) => node))].sort();
}

const describeBan = (constraint: Parameters<typeof describe>[0], node: string) =>
  constraint.id.startsWith('cli-ban-') ? describe(constraint) : `keeps it away from ${node}`;

/** The obstacles as text: what, and below it what to do. */
export function listObstacles(obstacles: readonly Obstacle[], { terminal }: Tools): string {
  const line = ({ what, remedy }: Obstacle) =>
    `${terminal.style('red', '-')} ${printable(what)}\n    ${printable(remedy)}\n`;
  return obstacles.map(line).join('');
}
