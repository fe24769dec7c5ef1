import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { watchXenstore } from '../../../../../lib/hypervisor/xen/xenstore-watch.ts';
import { lives, type ProcessIdentity } from '../../../../../lib/system/process-identity.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-xenstore-'));
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Puts a script in the place of xenstore-watch. */
function install(script: string): void {
  const file = join(folder, 'xenstore-watch');
  writeFileSync(file, `#!/bin/sh\necho "$$ $*" >> ${folder}/calls\n${script}\n`);
  chmodSync(file, 0o755);
}

const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

function begin(times: { renewMs?: number; answerMs?: number; retryMs?: number }) {
  const seen = { events: 0, processes: [] as (ProcessIdentity | undefined)[] };
  const watch = watchXenstore(
    () => {
      seen.events += 1;
    },
    (process) => seen.processes.push(process),
    { retryMs: 20, ...times },
  );
  onTestFinished(() => watch.end());
  return { watch, seen };
}

const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000 });

it('hears every announcement', async () => {
  install('echo @releaseDomain; echo @introduceDomain; sleep 0.3; echo @releaseDomain; sleep 60');
  const { watch, seen } = begin({});
  await until(() => watch.hearing() === 'listening');
  const before = seen.events;
  await until(() => seen.events > before);
  expect(calls()).toEqual([expect.stringMatching(/^\d+ @releaseDomain @introduceDomain$/)]);
});

it('a new listener takes the place of the old one, which ends only when the new one hears', async () => {
  install('echo @releaseDomain; echo @introduceDomain; exec sleep 60');
  const { watch, seen } = begin({ renewMs: 100 });
  await until(() => seen.processes.length >= 3);
  expect(watch.hearing()).toBe('listening');
  const [first, ...later] = seen.processes;
  await until(() => first !== undefined && !lives(first));
  const last = later.at(-1);
  watch.end();
  await until(() => last !== undefined && !lives(last));
});

it('says that it hears nothing while xenstored does not answer, and hears again when it does', async () => {
  install('exec sleep 60');
  const { watch } = begin({ answerMs: 200 });
  await until(() => watch.hearing() === 'xenstored does not answer');
  install('echo @releaseDomain; echo @introduceDomain; exec sleep 60');
  await until(() => watch.hearing() === 'listening');
});

it('a listener that ends is started anew, with pauses', async () => {
  install('echo "xenstore-watch: xs_open: No such file or directory" >&2; exit 1');
  const { watch } = begin({});
  await until(() => calls().length >= 3);
  expect(watch.hearing()).toContain('xs_open: No such file or directory');
  const before = calls().length;
  await sleep(100);
  expect(calls().length - before).toBeLessThan(4);
});

it('a host without xenstore-watch is told from one whose xenstored does not answer', async () => {
  vi.stubEnv('PATH', folder);
  const { watch } = begin({});
  await until(() => watch.hearing() === 'not installed');
});
