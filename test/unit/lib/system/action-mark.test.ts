import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { markAction, markedResources } from '../../../../lib/system/action-mark.ts';
import { identify } from '../../../../lib/system/process-identity.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-marks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

it('an action is marked from its begin to its end, whatever its resource is called', () => {
  const done = markAction(folder, 'vm.01 ü/x');
  expect([...markedResources(folder)]).toEqual([['vm.01 ü/x', 'under way']]);
  done();
  expect(markedResources(folder).size).toBe(0);
});

/** The mark of a process that has ended since. */
async function plantDeadMark(resource: string) {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const identity = identify(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  writeFileSync(join(folder, 'actions', `${resource}.${identity?.pid}.${identity?.startTicks}`), '');
}

it('an action that was killed is known as such, until another one on the same resource has ended', async () => {
  markAction(folder, 'other')();
  await plantDeadMark('vm01');
  expect([...markedResources(folder)]).toEqual([['vm01', 'killed']]);
  markAction(folder, 'vm02')();
  expect([...markedResources(folder)]).toEqual([['vm01', 'killed']]);
  const done = markAction(folder, 'vm01');
  expect([...markedResources(folder)]).toEqual([['vm01', 'under way']]);
  done();
  expect(readdirSync(join(folder, 'actions'))).toEqual([]);
});

it('a process that got the number of a killed action is not taken for it', async () => {
  markAction(folder, 'other')();
  writeFileSync(join(folder, 'actions', `vm01.${process.pid}.1`), '');
  expect([...markedResources(folder)]).toEqual([['vm01', 'killed']]);
});

it('nothing fails where no mark can be made, and other files are no marks', () => {
  const blocked = join(folder, 'a-file');
  writeFileSync(blocked, '');
  markAction(blocked, 'vm01')();
  expect(markedResources(blocked).size).toBe(0);
  markAction(folder, 'vm01')();
  for (const stray of ['README', `50%.${process.pid}.1`]) writeFileSync(join(folder, 'actions', stray), '');
  markAction(folder, 'vm01')();
  expect(markedResources(folder).size).toBe(0);
});
