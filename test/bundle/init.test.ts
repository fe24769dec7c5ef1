import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractedPackages } from '../support/extracted-packages.ts';

// What ocf-virt init writes, read by the programs that it is for.

let folder: string;
let out: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-init-'));
  out = join(folder, 'out');
  const executable = resolve('dist/native/usr/bin/ocf-virt');
  const example = await execa(executable, ['init', '--example']);
  writeFileSync(join(folder, 'hosts.yaml'), `${example.stdout}\n`);
  await execa(executable, ['init', 'hosts.yaml', '--output', 'out'], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string) => readFileSync(join(out, path), 'utf8');

/** Runs a script in a mount namespace of its own, with empty folders in the place of these. */
const hidden = (folders: readonly string[], script: string) => {
  const mounts = folders.map((one) => `mkdir -p ${one} && mount -t tmpfs none ${one}`);
  return execa('unshare', ['--mount', '--uts', 'sh', '-euc', [...mounts, script].join('\n')], {
    reject: false,
    all: true,
  });
};

describe('corosync', () => {
  const corosyncTest = (conf: string) =>
    hidden(
      ['/etc/corosync'],
      `head -c 256 /dev/urandom >/etc/corosync/authkey
cat >/etc/corosync/corosync.conf <<'X'\n${conf}X
hostname node1
corosync -t`,
    );

  it('takes corosync.conf', async () => {
    const { exitCode, all } = await corosyncTest(read('every-node/etc/corosync/corosync.conf'));
    expect([all, exitCode]).toEqual([expect.not.stringContaining('error'), 0]);
  });

  it('would not take one with a mistake', async () => {
    const conf = read('every-node/etc/corosync/corosync.conf').replace('aes256', 'aes255');
    const { exitCode, all } = await corosyncTest(conf);
    expect([exitCode, all]).toEqual([8, expect.stringContaining('Invalid cipher type')]);
  });
});

describe('dnsmasq', () => {
  const path = 'boot-server/etc/dnsmasq.d/ocf-virt.conf';

  it('takes its configuration', async () => {
    await execa('dnsmasq', ['--test', `--conf-file=${join(out, path)}`]);
  });

  it('would not take one with a mistake', async () => {
    const file = join(folder, 'dnsmasq.conf');
    writeFileSync(file, read(path).replace('dhcp-host=52:', 'dhcp-host=5x:'));
    expect((await execa('dnsmasq', ['--test', `--conf-file=${file}`], { reject: false })).exitCode).not.toBe(0);
  });
});

it('GRUB takes the files of all hosts, and each host boots its own root', async () => {
  const packages = await extractedPackages(['grub-common']);
  const tftp = 'boot-server/srv/netboot/tftp/boot/grub';
  for (const [index, mac] of ['52:54:00:10:00:11', '52:54:00:10:00:12', '52:54:00:10:00:13'].entries()) {
    const file = `${tftp}/hosts/${mac}.cfg`;
    await execa(join(packages, 'usr/bin/grub-script-check'), [join(out, file)]);
    expect(read(file)).toContain(`nfsroot=10.0.0.1:/srv/netboot/roots/node${index + 1} ip=10.0.0.1${index + 1}:`);
    expect(read(file)).toContain(`BOOTIF=01-${mac.replaceAll(':', '-')}`);
  }
  await execa(join(packages, 'usr/bin/grub-script-check'), [join(out, tftp, 'grub.cfg')]);
  const broken = join(folder, 'broken.cfg');
  writeFileSync(broken, read(`${tftp}/hosts/52:54:00:10:00:11.cfg`).replace('{', ''));
  expect((await execa(join(packages, 'usr/bin/grub-script-check'), [broken], { reject: false })).exitCode).toBe(1);
});

it('exportfs gives each root to its host alone, and the folder of the VMs to all', async () => {
  const exportfs = join(await extractedPackages(['nfs-kernel-server']), 'usr/sbin/exportfs');
  const { all = '' } = await hidden(
    ['/var/lib/nfs', '/etc/exports.d', '/srv'],
    `mkdir -p /srv/vms /srv/netboot/roots/node1 /srv/netboot/roots/node2 /srv/netboot/roots/node3
cp ${out}/boot-server/etc/exports.d/* /etc/exports.d
: >/var/lib/nfs/etab
${exportfs} -ra 2>&1 || :
${exportfs} -s`,
  );
  const exported = [...all.matchAll(/^(\/\S+)\s+([\d.]+)\((\S*)\)/gm)].map(([, path, host]) => `${path} ${host}`);
  expect(exported.toSorted()).toEqual([
    ...[1, 2, 3].map((n) => `/srv/netboot/roots/node${n} 10.0.0.1${n}`),
    ...[1, 2, 3].map((n) => `/srv/vms 10.0.0.1${n}`),
  ]);
  expect(all).not.toMatch(/Warning|unknown|syntax/i);
});
