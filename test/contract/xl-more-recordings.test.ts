import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseDomainList } from '../../lib/hypervisor/xen/xl-list.ts';
import { buildSim } from '../sim/build.ts';
import { readRecording } from '../sim/control.ts';
import { commandHere, expectSame, quick, withHosts } from './xl-replay.ts';

/** The recorded guests, made quick: ten lines each, because a recorded error names line 12. */
const guest = (name: string, poweroff = 'destroy', reboot = 'restart', crash = 'destroy') => `name = "${name}"
type = "pvh"; vcpus = 1
kernel = "/guest/vmlinux"
ramdisk = "/guest/initrd"
extra = "console=hvc0 quiet mitigations=off sysrq_always_enabled=1"
memory = 96
on_poweroff = "${poweroff}"
on_reboot = "${reboot}"
on_crash = "${crash}"
${quick}`;

const configs: Record<string, string> = {
  'h1.cfg': guest('h1'),
  'h2.cfg': guest('h2'),
  'p1.cfg': guest('p1', 'preserve', 'preserve', 'preserve'),
  'r1.cfg': guest('r1', 'destroy', 'restart', 'restart'),
  'junk.save': 'no image at all\n',
};

const h1 = 'xl create h1.cfg';
const h2 = 'xl create h2.cfg';
const p1 = 'xl create p1.cfg';
const booting = 'sim_boot_seconds=60';
/** Ends when xl shows the domain so. */
const until = (letters: string, name: string) => `until xl list ${name} | grep -q -e '${letters}'; do sleep 0.05; done`;
const patience = (seconds: number) => `sed -i 's/{/{"ackSeconds":${seconds},/' config.json`;
const killed = `xl create h1.cfg sim_create_seconds=60 & ${until('--p---', 'h1')}; kill -9 $!; wait`;
const poweredOff = `${patience(0.3)}; ${p1}; xl shutdown p1; ${until('---s--', 'p1')}; sleep 0.3`;
const mem100 = `${h1} memory=112; xl mem-set h1 100m`;
const web1 = `${h1} 'name="web 1"' ${booting}`;
const name77 = `for turn in 1 2; do ${h1}; xl destroy h1; done; ${h1} 'name="77"' memory=112 ${booting}`;
const saved = `${h1}; xl save h1 h1.save`;
const fault = (kind: string) =>
  `mkdir -p $FAULTS; for of in xl xenstore; do echo '{"kind":"${kind}"}' >$FAULTS/$of.json; done`;
const dead = `${h1}; ${fault('xenstored-hang')}`;
const stopped = `${h1}; ${fault('hang')}`;

/** What brings the simulator into the situation of each recording; the recorded command is then run. */
const situations: Record<string, string> = {
  'create-after-kill': `${killed}; xl destroy h1`,
  'create-bad-option': '',
  'create-bridge-missing': '',
  'create-directory': '',
  'create-disk-missing': '',
  'create-dry-run': '',
  'create-dry-run-bad': '',
  'create-existing-name': h1,
  'create-id-equals-name': '',
  'create-memory-override': '',
  'create-name-override': '',
  'create-numeric-name': '',
  'create-over-half-built': killed,
  'create-over-poweroff-preserve': poweredOff,
  'create-pvh': '',
  'create-unquoted-override': '',
  'destroy-dom0': '',
  'destroy-half-built': killed,
  'destroy-name-with-blank': web1,
  'destroy-numeric-name': name77,
  'destroy-poweroff-preserve': poweredOff,
  'domid-numeric': name77,
  'list-after-mem-set': mem100,
  'list-after-rename': `${mem100}; xl rename h1 h9`,
  'list-after-restore': `${saved}; xl restore h1.save`,
  'list-after-restore-p': `${saved}; xl restore -p h1.save`,
  'list-after-save': saved,
  'list-after-save-c': `${h1}; xl save -c h1 h1c.save`,
  'list-after-save-disk-full': `ln -s /dev/full h1.save; ${h1}; xl save h1 h1.save`,
  'list-after-trigger': `${mem100}; xl trigger h1 power; sleep 0.3`,
  'list-bad-option': '',
  'list-crash-preserve': `${p1}; xl sysrq p1 c; ${until('---sc-', 'p1')}`,
  'list-create-killed': killed,
  'list-dashdash': web1,
  'list-half-built-unpaused': `${killed}; xl unpause h1`,
  'list-memory-override': `${h1} memory=112 ${booting}`,
  'list-name-with-blank': web1,
  'list-numeric-names': name77,
  'list-old-name': `${h1}; xl rename h1 h9`,
  'list-one-name-with-blank': web1,
  'list-one-numeric-name': name77,
  'list-paused-h2': `${h2}; xl pause h2`,
  'list-poweroff-preserve': poweredOff,
  'list-reboot-preserve': `${p1}; xl reboot p1; ${until('---sr-', 'p1')}`,
  'list-reboot-without-keeper': `xl create r1.cfg; kill -9 $(sed -n 's/.*pid \\([0-9]*\\).*/\\1/p' log/xl-r1.log); xl reboot r1; sleep 0.4`,
  'list-two': '',
  'list-unpaused-h2': `${h2} ${booting}; xl pause h2; xl unpause h2`,
  'list-v': `${mem100}; ${h2} ${booting}`,
  'list-v-crash-restarted': `xl create r1.cfg ${booting}; xl sysrq r1 c; until [ "$(xl domid r1)" = 2 ]; do sleep 0.05; done; ${until('------', 'r1')}`,
  'list-v-create-killed': killed,
  'list-v-poweroff-preserve': poweredOff,
  'mem-set': `${h1} memory=112`,
  'mem-set-absent': '',
  'mem-set-too-much': h1,
  'migrate-pvh-96': h1,
  'no-xenstore-socket-list': `${h1}; ${fault('nameless')}`,
  'no-xenstore-socket-list-name': `${h1}; ${fault('nameless')}`,
  'nobody-list': h1,
  'nobody-list-name': h1,
  'pause-h2': h2,
  'pause-half-built': `${killed}; xl unpause h1`,
  'reboot-poweroff-preserve': poweredOff,
  rename: h1,
  'rename-name-exists': h1,
  'restore-junk': '',
  'restore-missing-file': '',
  'restore-name-exists': `${saved}; ${h1}`,
  'restore-ok': saved,
  'restore-p-paused': saved,
  'restore-truncated': `${saved}; head -n 3 h1.save >trunc.save`,
  'restore-truncated-header': `${saved}; head -n 2 h1.save >trunc.save`,
  'save-absent': '',
  'save-c': h1,
  'save-disk-full': `ln -s /dev/full h1.save; ${h1}`,
  'save-folder-missing': h1,
  'save-ok': h1,
  'shutdown-F': h1,
  'shutdown-half-built': `${patience(0.3)}; ${killed}; xl unpause h1`,
  'shutdown-poweroff-preserve': poweredOff,
  'sysrq-panic': p1,
  'trigger-power-pvh': h1,
  'unknown-command': '',
  'unpause-h2': `${h2}; xl pause h2`,
  'unpause-half-built': killed,
  'unpause-poweroff-preserve': poweredOff,
  'unpause-restored': `${saved}; xl restore -p h1.save`,
  uptime: h1,
  'vcpu-list': h1,
  'xenstore-4.17-killed-list': dead,
  'xenstore-4.17-killed-ls': dead,
  'xenstore-4.17-stopped-list': stopped,
  'xenstore-4.17-stopped-read': stopped,
  'xenstored-killed-create': dead,
  'xenstored-killed-destroy': dead,
  'xenstored-killed-domid': dead,
  'xenstored-killed-list': dead,
  'xenstored-killed-list-id': dead,
  'xenstored-killed-list-name': dead,
  'xenstored-killed-list-v': dead,
  'xenstored-killed-shutdown': dead,
  'xenstored-stopped-create': stopped,
  'xenstored-stopped-destroy': stopped,
  'xenstored-stopped-domid': stopped,
  'xenstored-stopped-list': stopped,
  'xenstored-stopped-list-name': stopped,
};

/** Recordings that are not replayed, and why. Those that hold a list are parsed all the same. */
const notReplayed: Record<string, string> = {
  'dom0-files': 'not xl: files that the kernel of a Xen host has',
  'migrate-interrupted-copy-link': 'a cable is pulled: the simulated hosts have no network between them',
  'migrate-interrupted-copy-receiver': 'many commands on two hosts: played in sim-interrupted-migration',
  'migrate-interrupted-copy-session': 'many commands on two hosts: played in sim-interrupted-migration',
  'migrate-interrupted-ready-link': 'a cable is pulled: the simulated hosts have no network between them',
  'migrate-interrupted-ready-session': 'many commands on two hosts: played in sim-interrupted-migration',
  'no-command': 'a list of sub-commands, most of which are not simulated; the rest is compared below',
  'no-privcmd-list': 'a device of the kernel is taken away: a test that needs it can have a fault print the recording',
  'no-privcmd-list-name':
    'a device of the kernel is taken away: a test that needs it can have a fault print the recording',
};

const folder = 'xen-recorded';
const names = readdirSync(join(import.meta.dirname, '../fixtures', folder))
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.replace(/^xl-4\.17-|\.txt$/g, ''));
const fileOf = (name: string) => (name.startsWith('xenstore-4.17-') ? name : `xl-4.17-${name}`);

/** The command in a recorded one that took something away from xl for that time; here a fault did. */
const inner = (command: string) => /^unshare .*(?:; |timeout \d+ )(xl list[^']*)'$/.exec(command)?.[1] ?? command;

beforeAll(async () => {
  await buildSim('.cache/sim');
});

describe('The simulated toolstack prints what the real one printed', () => {
  it('in every situation that was recorded, but for some that are known', () => {
    const known = [...Object.keys(situations), ...Object.keys(notReplayed)];
    expect([...names].sort()).toEqual(known.sort());
  });

  for (const [name, situation] of Object.entries(situations)) {
    // Only root can become nobody.
    const needsRoot = name.startsWith('nobody-');
    const test = needsRoot && process.getuid?.() !== 0 ? it.skip : it.concurrent;
    test(`in the situation ${name}`, async () => {
      const recorded = readRecording(fileOf(name), folder);
      await withHosts(configs, async (host, shell) => {
        if (situation !== '') await shell(situation);
        expectSame(await shell(commandHere(inner(recorded.command), host)), recorded, host);
      });
    });
  }

  it('when it is called without a command', async () => {
    await withHosts(configs, async (_, shell) => {
      const { stdout, exit } = readRecording('xl-4.17-no-command', folder);
      expect(await shell('xl')).toEqual({ stdout: `${stdout.split('\n')[0]}\n`, stderr: '', exit });
    });
  });
});

/** The tables in a recording; one of `xl list -v` without the columns that only it has. */
function tables(text: string): string[][] {
  const found: string[][] = [];
  for (const line of text.split('\n')) {
    if (/^Name +ID +Mem +VCPUs/.test(line)) found.push([line.replace(/ {3}UUID.*/, '')]);
    else if (/ [rbpscdw-]{6} +\d+\.\d/.test(line)) found.at(-1)?.push(line.replace(/( \d+\.\d) [0-9a-f-]{36}.*/, '$1'));
  }
  return found;
}

/** A row as its columns have it, which are as wide as in most rows. */
function columns(line: string) {
  const [id, memoryMiB, vcpus] = [line.slice(41, 46), line.slice(47, 52), line.slice(53, 58)].map(Number);
  return { name: line.slice(0, 40).trimEnd(), id, memoryMiB, vcpus, letters: line.slice(63, 69) };
}

const reasonLetters = { poweroff: '-', reboot: 'r', suspend: 's', crash: 'c', watchdog: 'w', other: '?' };

describe('The parser reads every list that was recorded', () => {
  const lists = names
    .map((name) => {
      const text = readFileSync(join(import.meta.dirname, `../fixtures/${folder}/${fileOf(name)}.txt`), 'utf8');
      return { name, tables: tables(text) };
    })
    .filter((recording) => recording.tables.length > 0);

  it('as often as a list was recorded', () => {
    expect(lists.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['list-numeric-names', 'list-v', 'migrate-interrupted-ready-link']),
    );
  });

  it.each(lists)('in $name', ({ tables }) => {
    for (const [header = '', ...lines] of tables) {
      const list = parseDomainList([header, ...lines, ''].join('\n'));
      if ('problem' in list) throw new Error(list.problem);
      const rows = list.rows.map(({ flags: { paused, stopped, dying }, ...row }) => {
        const why = stopped === 'none' ? '--' : `s${reasonLetters[stopped]}`;
        return { ...row, letters: `${paused ? 'p' : '-'}${why}${dying ? 'd' : '-'}` };
      });
      expect(rows).toEqual(lines.map(columns).map((row) => ({ ...row, letters: row.letters.slice(2) })));
    }
  });
});
