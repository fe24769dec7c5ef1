import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exampleList } from '../../../../cli/init/example.ts';
import { init } from '../../../../cli/init/init.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-init-'));
  writeFileSync(join(folder, 'hosts.yaml'), exampleList);
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (options: { force?: boolean; 'dry-run'?: boolean } = {}) =>
  init({
    ...{
      hosts: join(folder, 'hosts.yaml'),
      output: join(folder, 'out'),
      example: false,
      force: false,
      'dry-run': false,
    },
    ...options,
  });
const corosync = () => join(folder, 'out/every-node/etc/corosync/corosync.conf');

it('--dry-run prints every file and writes none', () => {
  const { text } = run({ 'dry-run': true });
  for (const path of ['cluster.crm', 'every-node/etc/hosts', 'boot-server/etc/dnsmasq.d/ocf-virt.conf']) {
    expect(text).toContain(`==> ${path} <==\n`);
  }
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

it('a file that was changed by hand is not replaced, nor anything else written, unless that is wanted', () => {
  expect(run().text).toContain(`${corosync()}: written\n`);
  expect(run().text).toContain(`${corosync()}: unchanged\n`);
  writeFileSync(corosync(), 'mine\n');
  rmSync(join(folder, 'out/cluster.crm'));
  expect(() => run()).toThrow(`there are other files already:\n  ${corosync()}\nnothing was written`);
  expect(readFileSync(corosync(), 'utf8')).toBe('mine\n');
  expect(existsSync(join(folder, 'out/cluster.crm'))).toBe(false);
  expect(run({ force: true }).text).toContain(`${corosync()}: replaced\n`);
  expect(readFileSync(corosync(), 'utf8')).toContain('transport: knet');
});

it('mistakes name the file and the line, as an editor jumps to', () => {
  writeFileSync(join(folder, 'hosts.yaml'), exampleList.replace('lanplus: 1', 'lanplus: [1]'));
  const line = exampleList.split('\n').findIndex((one) => one.includes('lanplus')) + 1;
  expect(() => run()).toThrow(`${folder}/hosts.yaml:${line}: fencing.parameters.lanplus must be a single value`);
  rmSync(join(folder, 'hosts.yaml'));
  expect(() => run()).toThrow(/hosts\.yaml cannot be read: ENOENT/);
});

it('two nodes are told to corosync as two, and that there is no fencing is told', () => {
  const list = `cluster: a\nhypervisor: vmware\nnetworks: { cluster: 10.0.0.0/24 }\nhosts:\n${['1', '2']
    .map((n) => `- { name: n${n}, addresses: { cluster: 10.0.0.${n} } }\n`)
    .join('')}`;
  writeFileSync(join(folder, 'hosts.yaml'), list);
  expect(run().text).toContain('there is no fencing in it');
  expect(readFileSync(corosync(), 'utf8')).toMatch(/two_node: 1/);
  expect(readFileSync(join(folder, 'out/cluster.crm'), 'utf8')).not.toMatch(/MigrationAddress|stonith:/);
  expect(existsSync(join(folder, 'out/boot-server'))).toBe(false);
});
