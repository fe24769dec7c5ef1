import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as later } from 'node:timers/promises';
import { stateDir } from './host.ts';
import * as stream from './xl/migration-stream.ts';

/**
 * `ocf-virt-sim relay AT SECONDS COMMAND...` runs a transport and passes on what goes through it, but keeps one message
 * of the handshake back for some seconds, so that a test can interfere at a known point. AT is copy, ready, go, report
 * or none. While it holds, the file `migrate-held` in the state folder says at what.
 */
export async function relay(args: readonly string[]): Promise<number> {
  const [at = 'none', seconds = '0', file = 'true', ...rest] = args;
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const killed = ended.then(([, signal]) => (signal === null ? new Promise<never>(() => {}) : 'killed'));
  const fromSender = { copy: /^memory (?:[3-9]\d|\d{3,})/m, go: new RegExp(stream.go) }[at];
  const fromReceiver = { ready: new RegExp(stream.ready), report: new RegExp(stream.report) }[at];
  const hold = async () => {
    writeFileSync(join(stateDir, 'migrate-held'), at);
    // A transport that is killed takes along what is held, and ends as ssh does.
    if ((await Promise.race([later(Number(seconds) * 1000), killed])) === 'killed') process.exit(255);
  };
  void pass(process.stdin, child.stdin, fromSender, hold).then(() => child.stdin.end());
  const lastWords = pass(child.stderr, process.stderr, undefined, hold);
  await pass(child.stdout, process.stdout, fromReceiver, hold);
  await lastWords;
  const [code] = await ended;
  // ssh ends with 255 when the command at the other end was killed.
  return code ?? 255;
}

/** Passes on until the source ends; a reader that went away closes the source, and nothing else. */
async function pass(
  source: Readable,
  target: NodeJS.WritableStream,
  mark: RegExp | undefined,
  hold: () => Promise<void>,
): Promise<void> {
  target.on('error', () => source.destroy());
  let held = mark === undefined;
  try {
    for await (const chunk of source) {
      if (!held && mark?.test(chunk.toString())) {
        held = true;
        await hold();
      }
      if (!target.write(chunk)) await once(target, 'drain');
    }
  } catch {
    source.destroy();
  }
}
