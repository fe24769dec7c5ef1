import type { Context } from '../../lib/agent/define.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { lives } from '../../lib/system/process-identity.ts';
import type { parameters } from './parameters.ts';
import { readPidFile } from './pid-file.ts';
import { askReport } from './report.ts';

export type WatchContext = Context<typeof parameters>;

/** A daemon that does not answer within this time, in milliseconds, hangs. */
const answerMs = 10_000;

/** Not running without a daemon; failed when it hangs; degraded while it cannot hear of Xen domains. */
export async function monitor({ host, deadline, environment }: WatchContext): Promise<Exit> {
  const owner = readPidFile(host.runFolder);
  if (owner === undefined || !lives(owner.daemon)) return exit.notRunning;
  const report = await askReport(host.runFolder, deadline.within(answerMs));
  if (report === undefined) {
    throw failed(
      `${environment.instance}: the daemon (process ${owner.daemon.pid}) does not answer`,
      'the cluster starts it anew; meanwhile the monitors of the VMs find what dies',
    );
  }
  if (report.xen === 'listening') return exit.success;
  if (report.xen === 'not installed') {
    if (host.runner.query('xl', ['help'], deadline).outcome === 'missing') return exit.success;
    throw new OcfError(
      exit.degraded,
      `${environment.instance}: xenstore-watch is not installed on this node: deaths of Xen domains are not heard of`,
      'install it (xenstore-utils)',
    );
  }
  throw new OcfError(
    exit.degraded,
    `${environment.instance}: deaths of Xen domains are not heard of: ${report.xen}`,
    'the monitors of the VMs find them; look at xenstored on this node',
  );
}
