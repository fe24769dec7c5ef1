import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseCib } from '../../lib/cluster/cib.ts';
import { makeVmx } from './vmware-vms.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'primitive', tokenMs: 2000 });
});
afterAll(() => cluster?.down());

/** Writes a VM's configuration file, and returns its path on the nodes. */
function configure(vm: string, { file = `${vm}.cfg`, maxmem = 128, folder = 'configs' } = {}): string {
  mkdirSync(join(cluster.sharedFolder, folder), { recursive: true });
  const text = `name = "${vm}"\nmemory = 128\nmaxmem = ${maxmem}\nvcpus = 1\ntype = "pvh"\n`;
  writeFileSync(join(cluster.sharedFolder, folder, file), text);
  return folder === 'configs' ? `/etc/xen/cluster/${file}` : `/shared/${folder}/${file}`;
}

const primitive = (file: string, ...args: readonly string[]) =>
  cluster.node('node1').run(['ocf-virt', 'primitive', 'xen', file, ...args], { timeout: 60_000 });

/** Applies what was printed as its format says. */
async function apply(format: 'crm' | 'pcs' | 'xml', text: string): Promise<void> {
  const node = cluster.node('node1');
  await node.run(['sh', '-c', 'cat >/run/resource'], { input: text });
  const commands = {
    crm: ['crm', 'configure', 'load', 'update', '/run/resource'],
    pcs: ['sh', '-c', 'cd /run && sh /run/resource'],
    xml: ['sh', '-c', 'cibadmin --modify --allow-create --scope configuration --xml-file /run/resource'],
  };
  await node.run(commands[format], { timeout: 90_000 });
}

async function resource(id: string) {
  const cib = await parseCib(await cluster.anyNode().run(['cibadmin', '--query']));
  const found = cib.resources.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no resource ${id}`);
  const operations = found.operations.map(({ name, interval, timeout }) => `${name} ${interval} ${timeout}`).sort();
  return { ...found, operations };
}

const evil = 'it\'s a "VM"; $(touch $HOME) `touch x` & <x>.cfg';

it.each(['crm', 'pcs', 'xml'] as const)(
  'what is printed for %s starts the VM, whatever its file is called',
  async (format) => {
    const vm = `vm-${format}`;
    const file = configure(vm, { file: `${format} ${evil}`, maxmem: 300_000 });
    const text = await primitive(file, '--format', format);
    await apply(format, text);
    await cluster.waitRunning(vm);
    const { parameters, meta, utilization, operations } = await resource(vm);
    expect(parameters).toEqual({ xmfile: file, node_ip_attribute: 'ip_livemigration' });
    expect(meta).toMatchObject({ 'allow-migrate': 'true', 'multiple-active': 'stop_unexpected' });
    expect(utilization).toEqual({ hv_memory: '300000', cpu: '1' });
    expect(operations.filter((one) => /^(monitor|stop)/.test(one))).toEqual(['monitor 30s 30s', 'stop 0s 90s']);
    // 300000 MiB at a quarter of the 10 Gbit/s that the links of the test say.
    const [, seconds] = /^migrate_to 0s (\d+)s$/m.exec(operations.join('\n')) ?? [];
    expect(Number(seconds)).toBeGreaterThan(300_000 / 300);
    // While it is the only one: with each further VM, more may migrate at once.
    const check = ['ocf-virt', 'check', '--only', 'migration-timeout', 'start-timeout', '--strict'];
    if (format === 'crm') await cluster.node('node1').run(check);
  },
);

it('with --apply it is configured at once, and a dry run only shows the command', async () => {
  const file = configure('vm-apply');
  const shown = await primitive(file, '--apply', '--dry-run');
  expect(shown).toMatch(/^cibadmin --modify --allow-create --scope configuration --xml-text '<configuration>/);
  await expect(resource('vm-apply')).rejects.toThrow();
  await primitive(file, '--apply');
  await cluster.waitRunning('vm-apply');
});

it('a VM of VMware starts, too, out of its .vmx in a folder with a blank', async () => {
  const { there } = makeVmx(cluster, 'vm-vmware');
  const text = await cluster.node('node1').run(['ocf-virt', 'primitive', 'vmware', there]);
  await apply('crm', text);
  await cluster.waitRunning('vm-vmware');
  expect((await resource('vm-vmware')).parameters).toEqual({ vmxpath: there });
});

it('what cannot be is refused with its reason, and nothing is changed', async () => {
  const before = await cluster.anyNode().run(['cibadmin', '--query', '--scope', 'resources']);
  const refused = async (file: string, ...args: string[]) =>
    await cluster.node('node1').exec(['ocf-virt', 'primitive', 'xen', file, '--apply', ...args]);
  configure('vm-other');
  writeFileSync(join(cluster.sharedFolder, 'configs', 'bad.cfg'), 'name = \n');
  expect(await refused('/etc/xen/cluster/none.cfg')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/No such file/),
  });
  expect(await refused('/etc/xen/cluster/bad.cfg')).toMatchObject({ code: 2, stderr: expect.stringMatching(/line 1/) });
  expect(await refused('vm-other.cfg')).toMatchObject({ code: 2, stderr: expect.stringMatching(/no absolute path/) });
  expect(await refused('/etc/xen/cluster/vm-apply.cfg')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is this VM already/),
  });
  const other = '/etc/xen/cluster/vm-other.cfg';
  expect(await refused(other, '--id', 'vm-apply')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/has a vm-apply already/),
  });
  expect(await refused(other, '--id', '1; reboot')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/cannot be the name/),
  });
  expect(await cluster.anyNode().run(['cibadmin', '--query', '--scope', 'resources'])).toBe(before);
});

it('with --storage an NFS mount is brought up on every node before the VM, which migrates live', async () => {
  // The kernel of the test may have no NFS: mount.nfs4 binds the folder that it stands for.
  for (const { name } of cluster.nodes) {
    await cluster.node(name).run([
      'sh',
      '-c',
      `mkdir -p /srv/vms /shared/nfs
      (cat /proc/filesystems; echo nodev nfs4) >/run/filesystems && mount --bind /run/filesystems /proc/filesystems
      printf '#!/bin/sh\\nexec mount --no-canonicalize -i --bind /shared/nfs "$2"\\n' >/usr/sbin/mount.nfs4
      printf '#!/bin/sh\\necho '"'"'{"filesystems":[{"source":"filer:/vms","target":"/srv/vms","fstype":"nfs4"}]}'"'"'\\n' >/usr/local/bin/findmnt
      chmod +x /usr/sbin/mount.nfs4 /usr/local/bin/findmnt`,
    ]);
  }
  configure('vm-nfs', { folder: 'nfs' });
  await cluster.node('node1').run(['mount', '--bind', '/shared/nfs', '/srv/vms']);
  const text = await primitive('/srv/vms/vm-nfs.cfg', '--storage');
  await cluster.node('node1').run(['umount', '/srv/vms']);
  await apply('crm', text);
  const from = await cluster.waitRunning('vm-nfs');
  const mounts = (await cluster.status())?.resources.filter(({ agent }) => agent === 'ocf:heartbeat:Filesystem');
  expect(mounts?.flatMap(({ nodes }) => nodes).sort()).toEqual(['node1', 'node2', 'node3']);
  const to = from === 'node2' ? 'node3' : 'node2';
  await cluster.node(from).run(['crm_resource', '--move', '--resource', 'vm-nfs', '--node', to]);
  await cluster.waitRunning('vm-nfs', { on: to });
  const events = cluster.truth().filter(({ name }) => name === 'vm-nfs');
  expect(events.map(({ event }) => event)).toContain('received');
  // The second VM on it uses what is there.
  configure('vm-nfs2', { folder: 'nfs' });
  await primitive('/srv/vms/vm-nfs2.cfg', '--storage', '--apply');
  await cluster.waitRunning('vm-nfs2');
  cluster.mustNeverHaveRunTwice();
});

it('a node that goes down meanwhile changes nothing of it', async () => {
  cluster.stayDown(true);
  const file = configure('vm-late');
  const [text] = await Promise.all([primitive(file, '--apply'), cluster.node('node3').kill()]);
  expect(text).toMatch(/vm-late configured/);
  expect(['node1', 'node2']).toContain(await cluster.waitRunning('vm-late', { seconds: 60 }));
});

it('nothing of a file name was ever executed', () => {
  for (const folder of ['configs', '.']) expect(existsSync(join(cluster.sharedFolder, folder, 'x'))).toBe(false);
  expect(existsSync('/root/x')).toBe(false);
});

// The last ones: the cluster stays in maintenance.
it.each(['crm', 'pcs', 'xml'] as const)(
  'with --storage locks, iSCSI, multipath and LVM are taken by %s',
  async (format) => {
    // crm and pcs refuse a service that the node does not have, and only a real one has multipathd.
    const kind = format === 'xml' ? 'mpath' : 'part';
    await cluster.node('node1').run([
      'sh',
      '-c',
      `mkdir -p /dev/disk/by-path /dev/cluster_vg && touch /dev/sdz /dev/cluster_vg/disk
    ln -sf ../../sdz /dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2001-05.com.example:vms-lun-1
    printf '#!/bin/sh\\necho '"'"'{"blockdevices":[{"name":"/dev/mapper/cluster_vg-disk","type":"lvm","tran":null,"children":[{"name":"/dev/mapper/mpath1","type":"${kind}","tran":null,"children":[{"name":"/dev/sdz","type":"disk","tran":"iscsi"}]}]}]}'"'"'\\n' >/usr/local/bin/lsblk
    printf '#!/bin/sh\\necho '"'"'{"report":[{"lv":[{"vg_name":"cluster_vg","lv_name":"disk"}]}]}'"'"'\\n' >/usr/local/bin/lvs
    printf '#!/bin/sh\\necho '"'"'{"filesystems":[{"source":"overlay","target":"/","fstype":"overlay"}]}'"'"'\\n' >/usr/local/bin/findmnt
    chmod +x /usr/local/bin/*`,
    ]);
    const vm = `vm-lvm-${format}`;
    const file = configure(vm);
    writeFileSync(
      join(cluster.sharedFolder, 'configs', `${vm}.cfg`),
      `name = "${vm}"\nmemory = 128\ndisk = [ "/dev/cluster_vg/disk,raw,xvda,rw" ]\n`,
    );
    // The machine of the test has none of these services: they are configured and not started.
    await cluster
      .anyNode()
      .run(['crm_attribute', '--type', 'crm_config', '--name', 'maintenance-mode', '--update', 'true']);
    await apply(format, await primitive(file, '--storage', '--format', format));
    const cib = await parseCib(await cluster.anyNode().run(['cibadmin', '--query']));
    const members = cib.resources.filter(({ within }) => within[0] === `${vm}-storage-clone`);
    expect(members.map(({ agent }) => agent)).toEqual([
      'ocf:pacemaker:controld',
      'ocf:heartbeat:lvmlockd',
      'ocf:heartbeat:iscsi',
      ...(kind === 'mpath' ? ['systemd:multipathd'] : []),
      'ocf:heartbeat:LVM-activate',
    ]);
    expect(cib.constraints.map(({ id }) => id)).toEqual(
      expect.arrayContaining([`order-${vm}-storage-clone-${vm}`, `colocation-${vm}-${vm}-storage-clone`]),
    );
    await cluster.anyNode().run(['crm_verify', '--live-check']);
    const own = `//constraints/*[starts-with(@id,'order-${vm}') or starts-with(@id,'colocation-${vm}')]`;
    for (const xpath of [own, `//clone[@id='${vm}-storage-clone']`, `//primitive[@id='${vm}']`]) {
      await cluster.anyNode().run(['cibadmin', '--delete-all', '--force', '--xpath', xpath]);
    }
  },
);
