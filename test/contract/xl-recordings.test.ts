import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { readRecording } from '../sim/control.ts';
import { commandHere, expectSame, quick, withHosts } from './xl-replay.ts';

/** The recorded guests, made quick. g1 is PV, h1 PVH; p1 is g1 preserved after its end. */
const guest = (name: string, type: string, action: string) =>
  `name = "${name}"
type = "${type}"
kernel = "/guest/vmlinux"
ramdisk = "/guest/initrd"
extra = "console=hvc0 quiet mitigations=off"
memory = ${name === 'h1' ? 96 : 128}
vcpus = 1
on_poweroff = "${action}"
on_reboot = "restart"
on_crash = "${action}"
${quick}`;

const configs: Record<string, string> = {
  'g1.cfg': guest('g1', 'pv', 'destroy'),
  'h1.cfg': guest('h1', 'pvh', 'destroy'),
  'p1.cfg': guest('p1', 'pv', 'preserve'),
  'bad.cfg': 'this is not = [ a config\n',
  'nokernel.cfg': 'name = "nok"\ntype = "pv"\nkernel = "/nonexistent"\nmemory = 128\n',
  'big.cfg': 'name = "big"\ntype = "pv"\nkernel = "/guest/vmlinux"\nmemory = 100000\n',
};

const g1 = 'xl create g1.cfg';
const p1 = 'xl create p1.cfg';
const h1 = 'xl create h1.cfg';
const refused = (message: string) =>
  `printf '#!/bin/sh\\nprintf "%%s\\\\r\\\\n" "${message}" >&2; exit 255\\n' > bin/ssh; chmod +x bin/ssh`;

const rebooting = `echo 'sim_reboot_seconds=60' >> g1.cfg; ${g1}; xl reboot g1; sleep 0.4`;

/** What brings the simulator into the situation of each recording; the recorded command is then run. */
const situations: Record<string, string> = {
  'create-bad-config': '',
  'create-g1': '',
  'create-h1': '',
  'create-missing-config': '',
  'create-no-kernel': '',
  'create-ok': '',
  'create-p-paused': '',
  'create-p1': '',
  'create-too-big': '',
  create: '',
  'create-again': g1,
  'destroy-absent': '',
  'destroy-crashed': `${p1}; xl sysrq p1 c; sleep 0.3`,
  destroy: g1,
  'domid-absent': '',
  domid: g1,
  'domname-absent': '',
  domname: g1,
  'help-migrate': '',
  'list-absent': '',
  'list-after-destroy': `${g1}; xl destroy g1`,
  'list-after-failed-migrate': `${refused('no')}; ${g1}; xl migrate g1 node2`,
  'list-after-migrate-roundtrip': h1,
  'list-after-reboot': `echo 'sim_reboot_seconds="0.1"' >> g1.cfg; ${g1}; xl reboot g1; sleep 0.6`,
  'list-after-shutdown-w': `${g1}; xl shutdown -w g1; sleep 0.3`,
  'list-after-unpause': `sed -i 's/{/{"ackSeconds":0.1,/' config.json; ${g1}; xl pause g1; xl shutdown g1; xl unpause g1; sleep 0.4`,
  'list-all': g1,
  'list-crashed-preserved': `${p1}; xl sysrq p1 c; sleep 0.3`,
  'list-created-paused': 'xl create -p p1.cfg',
  'list-empty': '',
  'list-g1': g1,
  'list-g1-fresh': `echo 'sim_boot_seconds=60' >> g1.cfg; ${g1}`,
  'list-id-absent': '',
  'list-l': g1,
  'list-l-absent': '',
  'list-l-crashed': `${p1}; xl sysrq p1 c; sleep 0.3`,
  'list-paused': `${g1}; xl pause g1`,
  'list-right-after-shutdown': `${p1}; xl shutdown p1; sleep 0.3`,
  'list-running': `${g1}; ${p1}`,
  'list-v': g1,
  'migrate-absent': '',
  'migrate-conn-refused': `${g1}; ${refused('ssh: connect to host node2 port 23: Connection refused')}`,
  'migrate-guest-does-not-suspend': `printf 'sim_suspend="ignore"\\nsim_suspend_seconds="0.1"\\n' >> h1.cfg; ${h1}`,
  'migrate-ok-back': h1,
  'migrate-ok-polled': h1,
  'migrate-ok-there': h1,
  'migrate-pv-no-shadow-child-ended': p1,
  'migrate-transport-broke-while-copying':
    `mv bin/ssh bin/way; printf '#!/bin/sh\\ntimeout 0.5 way "$@"\\n` +
    `printf "client_loop: send disconnect: Broken pipe\\\\r\\\\n" >&2; exit 255\\n' > bin/ssh; chmod +x bin/ssh; ` +
    `echo 'sim_migrate_mib_per_second=50' >> h1.cfg; ${h1}`,
  'migrate-unknown-host': `${g1}; ${refused('ssh: Could not resolve hostname nosuchhost: Temporary failure in name resolution')}`,
  'migrate-unreachable': `${g1}; ${refused('ssh: connect to host 192.168.77.99 port 22: No route to host')}`,
  'pause-absent': '',
  'pause-again': `${g1}; xl pause g1`,
  pause: g1,
  reboot: g1,
  'reboot-list-1': rebooting,
  'reboot-list-2': rebooting,
  'reboot-list-3': rebooting,
  'reboot-list-6': `printf 'sim_boot_seconds=60\\nsim_reboot_seconds="0.1"\\n' >> g1.cfg; ${g1}; xl reboot g1; sleep 0.6`,
  'shutdown-absent': '',
  'shutdown-crashed': `${p1}; xl sysrq p1 c; sleep 0.3`,
  'shutdown-nowait': p1,
  'shutdown-w': g1,
  'shutdown-w-absent': '',
  'sysrq-panic': p1,
  'unpause-again': p1,
  'unpause-g1-1of2': `${g1}; xl pause g1; xl pause g1`,
  'unpause-g1-2of2': `${g1}; xl pause g1; xl pause g1; xl unpause g1`,
  unpause: 'xl create -p p1.cfg',
  uptime: g1,
  'uptime-absent': '',
  'uptime-g1': g1,
  'vcpu-list': g1,
};

/** Recordings of one command that are not compared here, and why. */
const elsewhere: Record<string, string> = {
  info: 'its values are a machine’s: the keys are compared below',
  'migrate-pv-no-shadow-child-not-exiting': 'as child-ended, on a receiver too slow to end within two seconds',
};

const names = readdirSync(join(import.meta.dirname, '../fixtures/xen'))
  .filter((file) => file.startsWith('xl-4.17-') && !/interrupted|held|-list-(sender|receiver)/.test(file))
  .map((file) => file.slice('xl-4.17-'.length, -'.txt'.length));

beforeAll(async () => {
  await buildSim('.cache/sim');
});

describe('The simulated xl prints what the real one printed', () => {
  it('in every situation that was recorded', () => {
    expect(names.filter((name) => !(name in situations) && !(name in elsewhere))).toEqual([]);
  });

  for (const [name, situation] of Object.entries(situations)) {
    it.concurrent(`in the situation ${name}`, async () => {
      const recorded = readRecording(`xl-4.17-${name}`);
      await withHosts(configs, async (host, shell) => {
        if (situation !== '') await shell(situation);
        expectSame(await shell(commandHere(recorded.command, host)), recorded, host);
      });
    });
  }

  it('in xl info, whose keys and layout are the same', async () => {
    await withHosts(configs, async (_, shell) => {
      const keys = (text: string) => text.split('\n').map((line) => line.slice(0, 25));
      expect(keys((await shell('xl info')).stdout)).toEqual(keys(readRecording('xl-4.17-info').stdout));
    });
  });
});
