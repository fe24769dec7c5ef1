import { exit } from '../ocf/exit.ts';
import { fs, ownCommand } from '../system/bun.ts';
import { machineClock } from '../system/clock.ts';
import { localRunner } from '../system/local-runner.ts';
import { logFolder, runFolder } from '../system/memory.ts';
import { isAlive, processes, sendSignal } from '../system/process-table.ts';
import type { Soon } from '../system/soon.ts';
import type { AnyAgent } from './define.ts';
import { dispatch, report } from './dispatch.ts';
import type { Host } from './host.ts';

/** Runs an agent as this process: the only place, with the runner, that touches `process`. */
export function main(agent: AnyAgent): Soon<void> {
  if (typeof process.getBuiltinModule !== 'function') {
    process.stderr.write(`ocf-exit-reason:the node form needs Node.js 20.16 or newer, this is ${process.version}\n`);
    process.exit(exit.notInstalled);
  }
  process.umask(0o077);
  const host = machine(process.argv.slice(2));
  const background = agent.background?.[host.args[0] ?? ''];
  if (background !== undefined) return background(host);
  const code = dispatch(agent, host);
  // Not by process.exitCode: leaving the event loop by itself takes the runtime half a millisecond longer.
  if (!(code instanceof Promise)) process.exit(code);
  // What a timer or a stream throws would end the action with exit 1 and not say why.
  const fail = (error: unknown) => process.exit(report(error, host));
  process.on('uncaughtException', fail).on('unhandledRejection', fail);
  return code.then((later) => process.exit(later));
}

/** This machine. */
export function machine(args: readonly string[]): Host {
  return {
    args,
    env: process.env,
    runner: localRunner,
    clock: machineClock,
    runFolder,
    logFolder,
    get ownCommand() {
      return ownCommand();
    },
    processes,
    isAlive,
    signal: sendSignal,
    out: (text) => write(1, text),
    err: (text) => write(2, text),
  };
}

/** Writes all at once, because `process.stdout` costs a monitor a tenth of its time. A closed pipe is nobody's fault. */
function write(file: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs().writeSync(file, rest));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
    }
  }
}
