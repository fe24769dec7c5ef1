import { machineClock } from '../../lib/system/clock.ts';
import { localRunner } from '../../lib/system/local-runner.ts';
import { alarm } from './main.ts';

/** Runs the alert agent as this process. */
export async function alarmAgent(): Promise<void> {
  process.umask(0o077);
  const folder = `/tmp/ocf-virt-alarms-${process.getuid?.()}`;
  const err = (text: string) => process.stderr.write(text);
  process.exit(await alarm({ env: process.env, runner: localRunner, clock: machineClock, folder, err }));
}
