/** What xl takes to build a domain, apart from its memory: hotplug scripts, device model. An estimate, in seconds. */
const buildSeconds = 4;

/** Memory is populated at about a GiB a second. An estimate. */
const secondsPerMiB = 1 / 1024;

/** Seconds that xl holds its global lock to build a domain of that memory. */
const secondsToBuild = (memoryMiB: number) => buildSeconds + memoryMiB * secondsPerMiB;

/** Seconds until the last of these VMs is built: xl builds one domain of a host at a time. */
export const startTimeout = (memoryMiB: readonly number[]): number =>
  Math.ceil(memoryMiB.reduce((sum, one) => sum + secondsToBuild(one), 0));

/**
 * How many VMs a node starts at once at the worst: when one node is lost and the others share all VMs.
 *
 * @param around `limit` is Pacemaker's node-action-limit; 0: its default, twice the cores.
 */
export function startsAtOnce(
  vms: number,
  around: { readonly nodes: number; readonly cores: number | undefined; readonly limit: number },
): number {
  const share = Math.ceil(vms / Math.max(1, around.nodes - 1));
  const limit = around.limit > 0 ? around.limit : 2 * (around.cores ?? Number.POSITIVE_INFINITY);
  return Math.max(1, Math.min(share, limit));
}
