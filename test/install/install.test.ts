import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agents } from '../../agents/index.ts';
import { startCluster } from '../cluster/cluster.ts';
import { type RunFolder, takeRunFolder } from '../cluster/run-folder.ts';
import { waitUntil } from '../cluster/wait-until.ts';
import { buildSim, simTools } from '../sim/build.ts';
import { readTruth } from '../sim/control.ts';
import { preload } from '../support/service-files.ts';
import { type Debian, debian } from './debian-root.ts';
import { writeShutdownUnits } from './shutdown-units.ts';

/** An older version, which has a file that the present one no longer has. */
let older: string;
let packages: string;
let simulator: string;

beforeAll(async () => {
  simulator = join(await buildSim('.cache/sim'), '..');
  packages = mkdtempSync(join(tmpdir(), 'ocf-virt-packages-'));
  for (const file of readdirSync('dist/packages').filter((name) => /_(amd64|all)\.deb$/.test(name))) {
    cpSync(join('dist/packages', file), join(packages, file));
  }
  const root = join(packages, 'older');
  await execa('dpkg-deb', ['--raw-extract', join(packages, packageOf('ocf-virt')), root]);
  const control = join(root, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*/m, 'Version: 0.0.1'));
  writeFileSync(join(root, 'usr/lib/ocf/resource.d/virt/Gone'), '#!/bin/sh\n', { mode: 0o755 });
  older = 'ocf-virt_0.0.1_amd64.deb';
  await execa('dpkg-deb', ['-Zgzip', '-z1', '--root-owner-group', '--build', root, join(packages, older)]);
  rmSync(root, { recursive: true });
});
afterAll(() => rmSync(packages, { recursive: true }));

function packageOf(name: string): string {
  const file = readdirSync('dist/packages').find((one) => one.startsWith(`${name}_`) && /_(amd64|all)\.deb$/.test(one));
  if (file === undefined) throw new Error(`there is no package ${name}: npm run package`);
  return file;
}

/** As `ls` sorts them. */
const names = Object.keys(agents).sort();
const examples = '/usr/share/doc/ocf-virt/examples';

describe.each(['bookworm', 'trixie'] as const)('on a clean Debian %s', (release) => {
  let folder: RunFolder;
  let host: Debian;
  beforeAll(async () => {
    folder = takeRunFolder(`package-${release}`);
    host = await debian(release, folder.path, packages);
  });
  afterAll(() => folder.remove());

  it('one apt command installs it, and the cluster along with it', async () => {
    const output = await host.must(`apt-get update -q && apt-get install -y /run/packages/${packageOf('ocf-virt')}`);
    expect(output).not.toMatch(/^(W|E|dpkg: (warning|error)):/m);
    const installed = await host.must('dpkg --list');
    for (const name of ['ocf-virt', 'pacemaker', 'corosync', 'crmsh']) {
      expect(installed).toMatch(new RegExp(`^ii +${name} `, 'm'));
    }
  });

  it('crm, systemd and the shells know it at once', async () => {
    expect(await host.must('crm ra info ocf:virt:Xen 2>&1')).toMatch(
      /^(ocf:virt:Xen - )?Manages a Xen virtual machine with the xl toolstack/m,
    );
    // crmsh of Debian 13 lists the "vmware" of resource-agents here as well.
    expect((await host.must('crm ra list ocf virt')).trim().split(/\s+/)).toEqual(expect.arrayContaining(names));
    expect(await host.must('ocf-virt agents')).toMatch(/^ocf:virt:Xen /m);
    expect(await host.must('systemd-analyze verify pacemaker.service 2>&1 || :')).not.toMatch(/ocf-virt/);
    const completed = `. /usr/share/bash-completion/completions/ocf-virt
      COMP_WORDS=(ocf-virt describe X) COMP_CWORD=2; _ocf-virt_yargs_completions; echo "\${COMPREPLY[@]}"`;
    expect(await host.must(`bash -c '${completed}'`)).toBe('Xen');
  });

  it('runs a VM on a cluster of one node with one crm command', async () => {
    await host.must('apt-get install -y --no-install-recommends openssh-server iproute2');
    const cluster = await startCluster({
      name: `installed-${release}`,
      nodes: 1,
      root: host.layers,
      install: simulatedXen(),
      atBoot: `mkdir -p /run/ocf-virt-sim /etc/xen/cluster
cp ${examples}/vm01.cfg /etc/xen/cluster
sed s/vm01/vm02/ ${examples}/vm01.cfg >/etc/xen/cluster/vm02.cfg`,
    });
    try {
      const node = cluster.node('node1');
      const truth = () => node.exec(['cat', '/run/ocf-virt-sim/truth.jsonl']);
      const runs = (vm: string) =>
        waitUntil(`${vm} runs`, 60, async () => {
          const resource = (await cluster.status())?.resources.find(({ id }) => id === vm);
          return resource?.role === 'Started' && (await node.exec(['xl', 'domid', vm])).code === 0;
        });
      const primitive = ['vm02', 'ocf:virt:Xen', 'params', 'xmfile=/etc/xen/cluster/vm02.cfg'];
      await node.run(['crm', 'configure', 'primitive', ...primitive], { timeout: 60_000 });
      await runs('vm02');
      await node.run(['crm', 'configure', 'load', 'update', `${examples}/vm01.crm`], { timeout: 60_000 });
      await runs('vm01');
      await node.run(['crm', 'resource', 'stop', 'vm01'], { timeout: 60_000 });
      await waitUntil('vm01 is stopped', 90, async () => (await node.exec(['xl', 'domid', 'vm01'])).code !== 0);
      expect((await node.exec(['xl', 'list', 'vm01'])).stderr).toContain('is an invalid domain identifier');
      const file = join(folder.path, 'truth.jsonl');
      writeFileSync(file, (await truth()).stdout);
      expect(readTruth(file).map(({ event }) => event)).toEqual(expect.arrayContaining(['running', 'shutdown']));
      expect((await cluster.status())?.failures).toEqual([]);
    } finally {
      await cluster.down();
    }
  });

  it('at a shutdown of the host, Pacemaker is done before Xen and VMware stop, and at its start the executable was read', async () => {
    const bootAndShutDown = async (name: string, change: (copy: Debian) => void) => {
      const copy = await debian(release, join(folder.path, name), packages, host);
      writeShutdownUnits(copy.changes);
      change(copy);
      await copy.boot('shutdown-test.target');
      const log = (file: string) => readFileSync(join(copy.changes, 'var/log', file), 'utf8');
      return {
        stopped: log('order').match(/(?<=^stopped ).*/gm),
        preloaded: log('preload').match(/(?<=argv\[\]=).*(?= ; ignore_errors.* code=exited ; status=0 )/g),
      };
    };
    const names = ['corosync', 'pacemaker', 'vmware', 'xen-init-dom0', 'xendomains', 'xenstored'];
    const { stopped, preloaded } = await bootAndShutDown('shutdown', () => {});
    expect(stopped?.toSorted()).toEqual(names);
    expect(stopped?.[0]).toBe('pacemaker');
    expect(preloaded).toEqual(preload('/usr/bin/ocf-virt'));
    // And all of it is the work of the drop-in: masked, it is not so.
    const without = await bootAndShutDown('shutdown-without', ({ changes }) =>
      symlinkSync('/dev/null', join(changes, 'etc/systemd/system/pacemaker.service.d/ocf-virt.conf')),
    );
    expect(without.preloaded).toBe(null);
    expect(without.stopped?.toSorted()).toEqual(names);
    expect(without.stopped?.slice(0, 4)).not.toContain('pacemaker');
  });

  it('stands beside resource-agents, whose ocf-tester has nothing to say against it', async () => {
    await host.must('apt-get install -y resource-agents');
    cpSync(simulator, join(host.changes, 'opt/sim'), { recursive: true, verbatimSymlinks: true });
    const output = await host.must(`
      if ! command -v ocf-tester >/dev/null; then apt-get install -y resource-agents-dev libxml2-utils >/dev/null 2>&1; fi
      printf 'name = "vm01"\\nmemory = 128\\n' >/run/vm01.cfg
      export PATH=/opt/sim:$PATH
      ocf-tester -n vm01 -o xmfile=/run/vm01.cfg /usr/lib/ocf/resource.d/virt/Xen
      rm -r /opt/sim`);
    expect(output).toContain('/usr/lib/ocf/resource.d/virt/Xen passed all tests');
    expect(await host.must('dpkg -S /usr/lib/ocf/resource.d')).toMatch(
      /ocf-virt.*resource-agents|resource-agents.*ocf-virt/,
    );
    expect(await host.must('dpkg --verify ocf-virt resource-agents')).toBe('');
  });

  it('follows an older version, and takes away what that had and this one has not', async () => {
    await host.must(`dpkg --purge ocf-virt && dpkg --install /run/packages/${older}`);
    expect(await host.must('ls /usr/lib/ocf/resource.d/virt')).toBe(['Gone', ...names].join('\n'));
    await host.must(`apt-get install -y /run/packages/${packageOf('ocf-virt')}`);
    expect(await host.must('ls /usr/lib/ocf/resource.d/virt')).toBe(names.join('\n'));
    expect(await host.must('dpkg --verify ocf-virt; ocf-virt --version')).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.runIf(release === 'trixie')('gives way to the form for Node.js, which works the same', async () => {
    await host.must(`apt-get install -y /run/packages/${packageOf('ocf-virt-node')}`);
    expect(await host.must('dpkg --list')).not.toMatch(/^ii +ocf-virt /m);
    expect(await host.must('head -1 /usr/lib/ocf/resource.d/virt/Xen')).toBe('#!/usr/bin/node');
    expect(await host.must('crm ra info ocf:virt:Xen')).toContain('xmfile* (string)');
    const { output } = await host.run('OCF_RESKEY_xmfile=/vm01.cfg /usr/lib/ocf/resource.d/virt/Xen monitor');
    expect(output).toMatch(/xl is not installed/);
    await host.must(`apt-get install -y /run/packages/${packageOf('ocf-virt')}`);
    expect(await host.must('readlink /usr/lib/ocf/resource.d/virt/Xen')).toBe('../../../../bin/ocf-virt');
  });

  it.runIf(release === 'bookworm')('the form for Node.js is refused where Node.js is too old', async () => {
    const { exitCode, output } = await host.run(`apt-get install -y /run/packages/${packageOf('ocf-virt-node')}`);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/ocf-virt-node : Depends: nodejs \(>= 20\.16\)/);
  });

  it('leaves nothing when it is purged', async () => {
    const files = `find / -xdev \\( -path /var/lib/dpkg -o -path /var/log -o -path /var/cache -o -path /run/packages \\) -prune -o -print | sort`;
    await host.must('dpkg --purge ocf-virt');
    const before = await host.must(files);
    await host.must(`dpkg --install /run/packages/${packageOf('ocf-virt')}`);
    expect(await host.must(files)).not.toBe(before);
    const after = await host.must(`mkdir -p /run/ocf-virt && touch /run/ocf-virt/vm01
      dpkg --purge ocf-virt >/dev/null 2>&1
      test ! -e /run/ocf-virt
      ${files}`);
    expect(after).toBe(before);
    expect(after).not.toMatch(/ocf-virt|resource\.d\/virt/);
  });
});

/** The simulated toolstack, for the nodes of a cluster. */
function simulatedXen(): Record<string, string> {
  return Object.fromEntries(
    ['ocf-virt-sim', ...simTools].map((tool) => [`/usr/local/sbin/${tool}`, join(simulator, tool)]),
  );
}
