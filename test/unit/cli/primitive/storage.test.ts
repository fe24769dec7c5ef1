import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { oneVm } from '../../../../cli/primitive/design.ts';
import { layersUnder, type StorageLayer } from '../../../../cli/primitive/storage.ts';
import { isShared, withStorage } from '../../../../cli/primitive/with-storage.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';
import { fromNow } from '../../../../lib/system/clock.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ocf-virt-by-path-')));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'sdb'), '');
symlinkSync('sdb', join(folder, 'ip-192.168.1.1:3260-iscsi-iqn.1986-03.com.example:storage.node1-lun-1'));
symlinkSync('sdb', join(folder, 'pci-0000:00:17.0-ata-1'));

const find = (paths: readonly string[], answers: Readonly<Record<string, Partial<RunResult>>>) =>
  layersUnder(
    paths,
    scriptedRunner((program) => answers[program]),
    fromNow(5000, fakeClock()),
    folder,
  );
const json = (value: unknown) => ({ stdout: JSON.stringify(value) });
const mount = (source: string, target: string, fstype: string) => json({ filesystems: [{ source, target, fstype }] });
const group = json({ report: [{ lv: [{ vg_name: 'cluster_vg', lv_name: 'vm01' }] }] });

describe('what lies under a path', () => {
  it('is iSCSI, multipath and a volume group, the lowest first', async () => {
    const disk = { name: join(folder, 'sdb'), type: 'disk', tran: 'iscsi' };
    const volume = { name: '/dev/mapper/cluster_vg-vm01', type: 'lvm', tran: null };
    const blockdevices = [{ ...volume, children: [{ name: 'mpath1', type: 'mpath', tran: null, children: [disk] }] }];
    expect(await find(['/dev/cluster_vg/vm01'], { lsblk: json({ blockdevices }), lvs: group })).toEqual([
      { kind: 'iscsi', portal: '192.168.1.1:3260', target: 'iqn.1986-03.com.example:storage.node1' },
      { kind: 'multipath' },
      { kind: 'volume-group', group: 'cluster_vg', volume: 'vm01' },
    ]);
  });

  it('is one mount for two files of it', async () => {
    expect(await find(['/vms/a.cfg', '/vms/a.img'], { findmnt: mount('filer:/vms', '/vms', 'nfs4') })).toEqual([
      { kind: 'mount', source: 'filer:/vms', directory: '/vms', type: 'nfs4', isShared: true },
    ]);
  });

  it('is nothing on the own file systems of the node', async () => {
    expect(await find(['/etc/xen/a.cfg'], { findmnt: mount('/dev/sda1', '/', 'ext4') })).toEqual([]);
    expect(await find(['/run/a.cfg'], { findmnt: mount('tmpfs', '/run', 'tmpfs') })).toEqual([]);
  });

  it('is said to be unknown where the tools do not tell', async () => {
    await expect(find(['/vms/a'], { findmnt: { code: 1 } })).rejects.toMatchObject({
      remedy: expect.stringContaining('mount'),
    });
    await expect(find(['/dev/x/y'], { lsblk: { code: 32, stderr: 'not a block device\n' } })).rejects.toThrow(
      'not a block device',
    );
  });
});

const vm = oneVm({
  id: 'vm01',
  agent: { class: 'ocf', provider: 'virt', type: 'Xen' },
  parameters: {},
  operations: [],
  meta: {},
  utilization: {},
}).primitives[0];
const empty = await parseCib('<cib/>');
const design = (layers: readonly StorageLayer[], cib = empty) => {
  if (vm === undefined) throw new Error();
  return withStorage(vm, layers, cib);
};
const volumeGroup = { kind: 'volume-group', group: 'cluster_vg', volume: 'vm01' } as const;
const nfs = { kind: 'mount', source: 'filer:/vms', directory: '/vms', type: 'nfs4', isShared: true } as const;
const ext4 = {
  kind: 'mount',
  source: '/dev/cluster_vg/vm01',
  directory: '/vms',
  type: 'ext4',
  isShared: false,
} as const;

describe('the resources under a VM', () => {
  it('on a shared volume group are its locks and the group, cloned before the VM, which migrates live', () => {
    const iscsi = { kind: 'iscsi', portal: '192.168.1.1:3260', target: 'iqn.x' } as const;
    const { design: made } = design([iscsi, { kind: 'multipath' }, volumeGroup]);
    expect(isShared([iscsi, { kind: 'multipath' }, volumeGroup])).toBe(true);
    expect(made.groups[0]?.members).toEqual([
      'dlm',
      'lvmlockd',
      'iscsi-192.168.1.1-3260',
      'vm01-multipathd',
      'lvm-cluster_vg',
    ]);
    expect(made.clones).toEqual([{ id: 'vm01-storage-clone', of: 'vm01-storage', meta: { interleave: 'true' } }]);
    expect(made.orders).toEqual([expect.objectContaining({ first: 'vm01-storage-clone', second: 'vm01' })]);
    expect(made.colocations).toEqual([expect.objectContaining({ resource: 'vm01', beside: 'vm01-storage-clone' })]);
    const activation = made.primitives.find(({ id }) => id === 'lvm-cluster_vg');
    expect(activation?.parameters).toMatchObject({ vg_access_mode: 'lvmlockd', activation_mode: 'shared' });
  });

  it('on a file system of one node at a time are one group with the VM', () => {
    const { design: made, notes } = design([volumeGroup, ext4]);
    expect(isShared([volumeGroup, ext4])).toBe(false);
    expect(made.groups).toEqual([{ id: 'vm01-group', members: ['lvm-cluster_vg', 'fs-vms', 'vm01'] }]);
    expect(made.clones).toEqual([]);
    expect(made.primitives[0]?.parameters).toMatchObject({ vg_access_mode: 'system_id' });
    expect(notes.join()).toMatch(/not live/);
  });

  it('on NFS are a clone of the mount alone', () => {
    const { design: made } = design([nfs]);
    expect(made.groups).toEqual([]);
    expect(made.clones).toMatchObject([{ of: 'fs-vms' }]);
    expect(made.primitives[0]?.parameters).toEqual({ device: 'filer:/vms', directory: '/vms', fstype: 'nfs4' });
  });

  it('are those that the cluster has already', async () => {
    const cib = await parseCib(`<cib><configuration><resources><clone id="nfs-clone">
      <primitive id="nfs" class="ocf" provider="heartbeat" type="Filesystem"><instance_attributes id="i">
      <nvpair id="d" name="directory" value="/vms/"/></instance_attributes></primitive></clone></resources></configuration></cib>`);
    const { design: made } = design([nfs], cib);
    expect(made.primitives.map(({ id }) => id)).toEqual(['vm01']);
    expect(made.clones).toEqual([]);
    expect(made.orders).toMatchObject([{ first: 'nfs-clone', second: 'vm01' }]);
  });

  it('are none where the node has the storage by itself', () => {
    expect(design([]).design).toEqual(oneVm(vm as NonNullable<typeof vm>));
  });
});
