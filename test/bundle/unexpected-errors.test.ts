import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { compile } from '../../build/native.ts';

// An agent whose actions fail where nobody waits for them.

const source = `import { EventEmitter } from 'node:events';
import { main } from './lib/agent/main.ts';
const later = (fail) => () => {
  setTimeout(fail, 1);
  return new Promise((resolve) => setTimeout(() => resolve(0), 10_000));
};
const boom = new Error('boom');
void main({
  name: 'Broken', short: '', long: '', parameters: {}, actions: [],
  functions: {
    start: later(() => { throw boom; }),
    stop: later(() => { Promise.reject(boom); }),
    monitor: later(() => { new EventEmitter().emit('error', boom); }),
  },
});`;

let folder: string;
const agent = (form: string) => join(folder, `Broken-${form}`);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-broken-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  await bundle({ source, outfile: agent('node'), shebang: '#!/usr/bin/env node' });
  await bundle({ source, outfile: join(folder, 'broken.cjs') });
  await compile({ bundle: join(folder, 'broken.cjs'), outfile: agent('native') });
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(
  ['node', 'native'].flatMap((form) => [
    [form, 'a timer', 'start'],
    [form, 'a promise that nobody awaits', 'stop'],
    [form, 'a stream', 'monitor'],
  ]),
)('in the %s form, an error in %s ends the action with a reason that names the VM', async (form, _, action) => {
  const env = { OCF_ROOT: '/usr/lib/ocf', OCF_RESOURCE_INSTANCE: 'vm01' };
  const { exitCode, stderr } = await execa(agent(form), [action], { reject: false, env, timeout: 8000 });
  const reasons = stderr.split('\n').filter((line) => line.startsWith('ocf-exit-reason:'));
  expect([exitCode, reasons]).toEqual([
    1,
    ['ocf-exit-reason:vm01: internal error: boom. Please report it with the log'],
  ]);
});
