import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../cli/main.ts';
import { splitWords } from '../../lib/system/shell-words.ts';
import { documentedPages } from '../support/documented-pages.ts';
import { extractedPackages } from '../support/extracted-packages.ts';

// Every command in the documentation. Those of crm are run by test/cluster/documented-commands.test.ts; those of ocf-virt
// are parsed here as it does; what others need hardware or a whole host for is held against their manual pages.

const pages = documentedPages();

/** Programs by the Debian package that has their manual page. */
const manuals: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'corosync-cfgtool': 'corosync',
  'corosync-keygen': 'corosync',
  crm_mon: 'pacemaker-cli-utils',
  debootstrap: 'debootstrap',
  dnsmasq: 'dnsmasq-base',
  exportfs: 'nfs-kernel-server',
  'grub-mknetdir': 'grub-common',
  iscsiadm: 'open-iscsi',
  lsblk: 'util-linux',
  lvchange: 'lvm2',
  lvcreate: 'lvm2',
  lvextend: 'lvm2',
  'mkfs.ext4': 'e2fsprogs',
  mount: 'mount',
  multipath: 'multipath-tools',
  pvmove: 'lvm2',
  scp: 'openssh-client',
  'ssh-copy-id': 'openssh-client',
  'ssh-keygen': 'openssh-client',
  stonith_admin: 'pacemaker-cli-utils',
  systemctl: 'systemd',
  umount: 'mount',
  'update-grub': 'grub2-common',
  vgcreate: 'lvm2',
  vgextend: 'lvm2',
  'xen-create-image': 'xen-tools',
  xl: 'xen-utils-common',
};

/** Every other command that no test runs, and why. */
const notRun: Readonly<Record<string, string>> = {
  'npm run check': 'is run before every commit',
  'npm run demo': 'test/cluster/demo.ts is run by people; its parts have tests',
  'npm test': 'this is it',
  'npm run chaos': 'test/chaos/chaos.test.ts does a part of it',
  'npm run chaos -- --seed 7 --minutes 10': 'test/chaos/chaos.test.ts does a part of it',
  "npm run chaos -- --steps 'move vm02 node2; after 1.5 crash node1'": 'test/chaos/steps.test.ts reads such a step',
  'cat /etc/iscsi/initiatorname.iscsi': 'shows a file of open-iscsi',
  "sed -i 's/^node.startup = .*/node.startup = automatic/' /etc/iscsi/iscsid.conf": 'changes a file of open-iscsi',
  'ssh root@192.168.1.51 true': 'needs the other host',
  'mkdir -p /etc/xen/cluster': 'a folder',
  'mkdir -p /vms': 'a folder',
  'mkdir -p /vms/vm01': 'a folder',
  'mkdir -p /srv/netboot/roots /srv/netboot/tftp /srv/vms': 'folders',
  'mkdir -p /srv/netboot/tftp/host1': 'a folder',
  'cp ocf-virt_0.1.0_amd64.deb /srv/netboot/roots/template/root/': 'needs the root of debootstrap',
  'cp -r ocf-virt-init/every-node/. /srv/netboot/roots/template/': 'needs the root of debootstrap',
  'cp -a /srv/netboot/roots/template /srv/netboot/roots/host1': 'needs the root of debootstrap',
  'cp /srv/netboot/roots/host1/vmlinuz /srv/netboot/tftp/host1/vmlinuz': 'needs the root of debootstrap',
  'cp /srv/netboot/roots/host1/initrd.img /srv/netboot/tftp/host1/initrd.img': 'needs the root of debootstrap',
  'cp /srv/netboot/roots/host1/boot/xen-4.17-amd64.gz /srv/netboot/tftp/host1/xen.gz': 'needs the root of debootstrap',
  'cp -r ocf-virt-init/boot-server/. /': 'test/bundle/init.test.ts reads these files with the programs they are for',
};

/** The command, and the one that it runs in another root. */
const unwrapped = (words: readonly string[]): readonly string[] => (words[0] === 'chroot' ? words.slice(2) : words);

const all = pages.flatMap(({ file, commands }) =>
  commands.map((command) => ({ file, command, words: unwrapped(splitWords(command)) })),
);
const of = (...programs: readonly string[]) => all.filter(({ words: [program = ''] }) => programs.includes(program));

let packages: string;
beforeAll(async () => {
  packages = await extractedPackages([...new Set(Object.values(manuals))]);
});

it('there is no command but those that are run, parsed, held against a manual, or listed with a reason', () => {
  const known = ['crm', 'ocf-virt', 'apt', ...Object.keys(manuals)];
  const unknown = all.filter(
    ({ command, words: [program = ''] }) =>
      !known.includes(program) && !(command in notRun) && !runsAnAgent.test(command),
  );
  expect(unknown.map(({ file, command }) => `${file}: ${command}`)).toEqual([]);
});

it('nothing is listed that is in no page', () => {
  const unused = [
    ...Object.keys(notRun).filter((command) => all.every((one) => one.command !== command)),
    ...Object.keys(manuals).filter((program) => of(program).length === 0),
  ];
  expect(unused).toEqual([]);
});

describe.each(of('ocf-virt'))('$file: $command', ({ words }) => {
  it('is a command of ocf-virt with options that it has', async () => {
    let chosen: string | undefined;
    await commandLine(words.slice(1), async ({ usage }) => {
      chosen = usage;
    })
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new Error(message);
      })
      .parseAsync();
    expect(chosen).toMatch(new RegExp(`^${words[1]}`));
  });
});

describe.each(of(...Object.keys(manuals)))('$file: $command', ({ words: [program = '', ...words] }) => {
  it('has only options that the manual page of its program has', () => {
    const page = manualOf(program);
    const options = words.filter((word) => /^-[-\w]/.test(word)).map((word) => word.replace(/=.*/, ''));
    // A letter of several in one word, as in `-ra`; iscsiadm, multipath and lsblk have them alone.
    const each = options.flatMap((option) =>
      /^-\w{2,}$/.test(option) && !page.has(option) ? [...option.slice(1)].map((letter) => `-${letter}`) : [option],
    );
    expect(each.filter((option) => !page.has(option))).toEqual([]);
  });
});

/** Every option that a manual page names. */
function manualOf(program: string): ReadonlySet<string> {
  for (const section of ['8', '1']) {
    try {
      const file = join(packages, `usr/share/man/man${section}/${program}.${section}.gz`);
      const text = gunzipSync(readFileSync(file))
        .toString('latin1')
        .replaceAll(/\\f[A-Z]/g, '')
        .replaceAll('\\-', '-')
        .replaceAll('--(no)', '--');
      // mdoc leaves the dash out, and says several letters at once.
      const letters = [...text.matchAll(/\bFl (\w+)/g)].flatMap(([, all = '']) =>
        [...all].map((letter) => `-${letter}`),
      );
      return new Set([...(text.match(/(?<![\w-])--?\w[\w-]*/g) ?? []), ...letters]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${manuals[program]} has no manual page of ${program}`);
}

it('every package that is to be installed is one of Debian, or ours', async () => {
  const names = all
    .filter(({ words: [program, action] }) => /^apt(-get)?$/.test(program ?? '') && action === 'install')
    .flatMap(({ words }) => words.slice(2).filter((word) => !word.startsWith('-')));
  const theirs = [...new Set(names.filter((name) => !/ocf-virt_[\d.]+_amd64\.deb$/.test(name)))];
  const { stdout } = await execa('apt-cache', ['show', ...theirs], { reject: false });
  const found = new Set([...stdout.matchAll(/^Package: (.*)$/gm)].map(([, name]) => name));
  expect(theirs.filter((name) => !found.has(name))).toEqual([]);
});

/** An agent by hand, as the README shows it. */
const runsAnAgent = /^OCF_ROOT=\/usr\/lib\/ocf .*\/usr\/lib\/ocf\/resource\.d\/virt\/\w+ monitor; echo \$\?$/;

it('an agent that is run by hand as the page says answers', async () => {
  const [command] = all.map(({ command }) => command).filter((one) => runsAnAgent.test(one));
  const script = command?.replace('/usr/lib/ocf/resource.d', 'dist/native/usr/lib/ocf/resource.d') ?? '';
  // In a world of its own: a VM of that name may run in another test.
  const { stdout, stderr } = await execa('unshare', ['--pid', '--fork', '--mount-proc', 'sh', '-c', script]);
  // 5: neither xl nor the file is on this machine.
  expect([stdout, stderr]).toEqual(['5', expect.stringContaining('ocf-exit-reason:')]);
});
