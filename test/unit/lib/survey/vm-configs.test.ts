import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseVmx } from '../../../../lib/hypervisor/vmware/vmx-file.ts';
import { needsOfVmx, vmConfigsFacts } from '../../../../lib/survey/vm-configs.ts';
import { fromNow, machineClock } from '../../../../lib/system/clock.ts';
import { localRunner } from '../../../../lib/system/local-runner.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-vm-configs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const context = { runner: localRunner, deadline: fromNow(10_000, machineClock) };

describe('a configuration file of xl', () => {
  it('tells its digest, its size, and what of its needs is here', async () => {
    const image = write('disk one.img', 'x');
    const file = write(
      'vm01.cfg',
      `name = "vm01"\nmemory = 512\nmaxmem = 2048\nvcpus = 2\nkernel = "/nonexistent/vmlinuz"
disk = [ 'target=${image}', '/nonexistent/disk,raw,xvdb,rw' ]
vif = [ 'bridge=lo', 'bridge=noSuchBr', 'bridge=lo' ]\n`,
    );
    const [facts] = await vmConfigsFacts({ files: [file] }, context);
    expect(facts).toMatchObject({ kind: 'read', file, name: 'vm01', memoryMiB: 2048, vcpus: 2 });
    if (facts?.kind !== 'read') throw new Error();
    expect(facts.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(facts.storage).toEqual([
      { path: image, use: 'disk', state: 'present' },
      { path: '/nonexistent/disk', use: 'disk', state: 'absent' },
      { path: '/nonexistent/vmlinuz', use: 'kernel', state: 'absent' },
    ]);
    expect(facts.bridges).toEqual([
      { name: 'lo', present: true },
      { name: 'noSuchBr', present: false },
    ]);
  });

  it.each([
    ['a file that is missing', () => join(folder, 'missing.cfg'), 'No such file or directory'],
    ['a folder', () => folder, 'Is a directory'],
    ['a file that is no configuration', () => write('bad.cfg', 'name = \n'), 'line 1'],
    ['a name that looks like an option', () => '--help', 'No such file or directory'],
  ])('%s says why it cannot be used', async (_, file, why) => {
    const facts = await vmConfigsFacts({ files: [file()] }, context);
    expect(facts).toEqual([{ kind: 'unusable', file: file(), why: expect.stringContaining(why) }]);
  });

  it('a logical volume that LVM knows and has not activated is inactive, not absent', async () => {
    const text = `disk = [ '/dev/vg/one,raw,xvda,rw', '/dev/mapper/vg-two,raw,xvdb,rw', '/dev/vg/three,raw,xvdc,rw' ]\n`;
    const report = {
      report: [
        {
          lv: [
            { lv_path: '/dev/vg/one', lv_dm_path: '/dev/mapper/vg-one' },
            { lv_path: '/dev/vg/two', lv_dm_path: '/dev/mapper/vg-two' },
          ],
        },
      ],
    };
    const answers: Record<string, Partial<RunResult>> = {
      base64: { stdout: Buffer.from(text).toString('base64') },
      test: { code: 1 },
      lvs: { stdout: JSON.stringify(report) },
    };
    const runner = scriptedRunner((program, args) =>
      args.at(-1) === '/etc/xen/xl.conf' ? { code: 1 } : answers[program],
    );
    const [facts] = await vmConfigsFacts({ files: ['/vm.cfg'] }, { ...context, runner });
    expect(facts).toMatchObject({
      storage: [{ state: 'inactive' }, { state: 'inactive' }, { state: 'absent' }],
    });
    expect(runner.calls.filter(([program]) => program === 'lvs')).toHaveLength(1);
  });

  it('storage that hangs is unanswered', async () => {
    const text = `disk = [ '/mnt/nfs/a.img,raw,xvda,rw' ]\n`;
    const runner = scriptedRunner((program) =>
      program === 'base64' ? { stdout: Buffer.from(text).toString('base64') } : { outcome: 'timed-out' },
    );
    const [facts] = await vmConfigsFacts({ files: ['/vm.cfg'] }, { ...context, runner });
    expect(facts).toMatchObject({ storage: [{ path: '/mnt/nfs/a.img', state: 'unanswered' }] });
  });
});

it('a .vmx file tells the disks that are present and the virtual networks that it names', () => {
  const vmx = parseVmx(
    Buffer.from(`displayName = "máquina 1"\nmemsize = "4096"\nnumvcpus = "2"
scsi0:0.present = "TRUE"\nscsi0:0.fileName = "disk 1.vmdk"
ide1:0.present = "TRUE"\nide1:0.fileName = "auto detect"\nide1:0.deviceType = "cdrom-raw"
ide1:1.present = "FALSE"\nide1:1.fileName = "old.vmdk"
ethernet0.present = "TRUE"\nethernet0.vnet = "vmnet2"\nethernet1.present = "TRUE"\n`),
  );
  expect(needsOfVmx('/vms/one/one.vmx', vmx)).toEqual({
    name: 'máquina 1',
    memoryMiB: 4096,
    vcpus: 2,
    storage: [{ path: '/vms/one/disk 1.vmdk', use: 'disk', isForeign: false }],
    bridges: ['/dev/vmnet2'],
  });
});
