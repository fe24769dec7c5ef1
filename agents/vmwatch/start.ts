import { failed } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { privateFolder } from '../../lib/system/memory.ts';
import { lives } from '../../lib/system/process-identity.ts';
import type { WatchContext } from './monitor.ts';
import { readPidFile } from './pid-file.ts';
import { askReport } from './report.ts';
import { endListener } from './stop.ts';

/**
 * For the runtime of the native form, which reads it as it starts. A daemon lives long enough for compiled code, unlike an
 * action. Its memory is collected as it fills: looking after it each second took twice the time of all that it does.
 */
const daemonSettings = { BUN_JSC_useJIT: '1', BUN_GC_TIMER_DISABLE: '1' };

/** Starts the daemon in a session of its own, and returns when it has answered and had a moment to hear of xenstored. */
export async function start(context: WatchContext): Promise<Exit> {
  const { host, deadline, environment } = context;
  const before = readPidFile(host.runFolder);
  if (before !== undefined && lives(before.daemon)) {
    if ((await askReport(host.runFolder, deadline.within(5000))) !== undefined) return exit.success;
    throw failed(
      `${environment.instance}: a daemon (process ${before.daemon.pid}) runs on this node and does not answer`,
      'stop it: crm resource stop, or kill it by hand',
    );
  }
  endListener(before?.listener, context);
  const logFile = `${privateFolder(host.runFolder)}/vmwatch.log`;
  const [program, ...words] = host.ownCommand;
  const daemon = await host.runner.launch(program, [...words, 'watch-daemon'], logFile, daemonSettings);
  const ask = async () => {
    const report = await askReport(host.runFolder, deadline.within(1000));
    const ended = await daemon.ended(deadline.within(1));
    return { report: report?.pid === daemon.pid ? report : undefined, hasEnded: ended !== undefined };
  };
  const seen = await waitUntil(ask, ({ report, hasEnded }) => report !== undefined || hasEnded, deadline, host.clock);
  if (seen.report !== undefined) {
    const isHearing = ({ report }: typeof seen) => ['listening', 'not installed'].includes(report?.xen ?? '');
    await waitUntil(ask, isHearing, deadline.within(3000), host.clock);
    return exit.success;
  }
  throw failed(
    `${environment.instance}: the daemon did not start: ${daemon.output().trim().split('\n').at(-1) || 'it said nothing'}`,
    `look at ${logFile} on this node`,
  );
}
