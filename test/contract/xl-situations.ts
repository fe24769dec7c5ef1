/** Recordings of one folder, and how their situations are brought about: on the simulated xl, and on real Xen. */
export interface Situations {
  readonly folder: 'xen' | 'xen-recorded';
  /** The recorded guests, by file name; real xl does not look at what begins with `sim_`. */
  readonly configs: Readonly<Record<string, string>>;
  /**
   * What leads to the situation of each recording, in shell and the words that `xl-replay.ts` and the tests on real Xen
   * give it; the recorded command is then run.
   */
  readonly situations: Readonly<Record<string, string>>;
  /** Those that are played on the simulated xl alone, and why. */
  readonly onlySimulated: Readonly<Record<string, string>>;
  /** Those that are played on real Xen alone, and why. */
  readonly onlyReal: Readonly<Record<string, string>>;
  /** Those that are no single command: they are played as whole stories, or only parsed. */
  readonly stories: Readonly<Record<string, string>>;
}

/** Keys that make a simulated guest quick; on one line, because a recorded error names a line's number. */
export const quick = 'sim_create_seconds="0.01"; sim_boot_seconds=0; sim_shutdown_seconds="0.05"\n';
const booting = 'sim_boot_seconds=60';

const guest = (name: string, type: string, action: string) =>
  `name = "${name}"
type = "${type}"
kernel = "/guest/vmlinux"
ramdisk = "/guest/initrd"
extra = "console=hvc0 quiet mitigations=off${name === 'p1' ? ' sysrq_always_enabled=1' : ''}"
memory = ${name === 'h1' ? 96 : 128}
vcpus = 1
on_poweroff = "${action}"
on_reboot = "restart"
on_crash = "${action}"
${quick}`;

const g1 = 'xl create /etc/xen/g1.cfg';
const p1 = 'xl create /etc/xen/p1.cfg';
const h1 = 'xl create /etc/xen/h1.cfg';
const h2 = 'xl create /etc/xen/h2.cfg';
const r1 = 'xl create /etc/xen/r1.cfg';
const crashed = `${p1}; counts p1; xl sysrq p1 c; shows ---sc- p1`;
const rebooting = `echo 'sim_reboot_seconds=60' >>/etc/xen/g1.cfg; ${g1}; counts g1; xl reboot g1; gone g1`;
const elsewhere = 'live-migration.test.ts does it there';

/** g1 is PV, h1 PVH; p1 is g1 preserved after its end. */
const first: Situations = {
  folder: 'xen',
  configs: {
    'g1.cfg': guest('g1', 'pv', 'destroy'),
    'h1.cfg': guest('h1', 'pvh', 'destroy'),
    'p1.cfg': guest('p1', 'pv', 'preserve'),
    'bad.cfg': 'this is not = [ a config\n',
    'nokernel.cfg': 'name = "nok"\ntype = "pv"\nkernel = "/nonexistent"\nmemory = 128\n',
    'big.cfg': 'name = "big"\ntype = "pv"\nkernel = "/guest/vmlinux"\nmemory = 100000\n',
  },
  situations: {
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
    'destroy-crashed': crashed,
    destroy: g1,
    'domid-absent': '',
    domid: g1,
    'domname-absent': '',
    domname: g1,
    'help-migrate': '',
    'list-absent': '',
    'list-after-destroy': `${g1}; xl destroy g1`,
    'list-after-failed-migrate': `ssh_says 'Connection refused'; ${g1}; xl migrate -s "ssh -p 23" g1 node2`,
    'list-after-migrate-roundtrip': h1,
    'list-after-reboot': `echo 'sim_reboot_seconds="0.1"' >>/etc/xen/g1.cfg; ${g1}; counts g1; reboots g1`,
    'list-after-shutdown-w': `${g1}; counts g1; xl shutdown -w g1; gone g1`,
    'list-after-unpause': `patience 0.1; ${g1}; counts g1; xl pause g1; timeout 3 xl shutdown g1; xl unpause g1; gone g1`,
    'list-all': g1,
    'list-crashed-preserved': crashed,
    'list-created-paused': 'xl create -p /etc/xen/p1.cfg',
    'list-empty': '',
    'list-g1': g1,
    'list-g1-fresh': `echo '${booting}' >>/etc/xen/g1.cfg; ${g1}`,
    'list-id-absent': '',
    'list-l': g1,
    'list-l-absent': '',
    'list-l-crashed': crashed,
    'list-paused': `${g1}; xl pause g1`,
    'list-right-after-shutdown': `${p1}; counts p1; xl shutdown p1; shows ---s-- p1`,
    'list-running': `${g1}; ${p1}`,
    'list-v': g1,
    'migrate-absent': '',
    'migrate-conn-refused': `${g1}; ssh_says 'ssh: connect to host node2 port 23: Connection refused'`,
    'migrate-guest-does-not-suspend': `printf 'sim_suspend="ignore"\\nsim_suspend_seconds="0.1"\\n' >>/etc/xen/h1.cfg; ${h1}`,
    'migrate-ok-back': h1,
    'migrate-ok-polled': h1,
    'migrate-ok-there': h1,
    'migrate-pv-no-shadow-child-ended': p1,
    'migrate-transport-broke-while-copying': `ssh_breaks; echo 'sim_migrate_mib_per_second=50' >>/etc/xen/h1.cfg; ${h1}`,
    'migrate-unknown-host': `${g1}; ssh_says 'ssh: Could not resolve hostname nosuchhost: Temporary failure in name resolution'`,
    'migrate-unreachable': `${g1}; ssh_says 'ssh: connect to host 192.168.77.99 port 22: No route to host'`,
    'pause-absent': '',
    'pause-again': `${g1}; xl pause g1`,
    pause: g1,
    reboot: `${g1}; counts g1`,
    'reboot-list-1': rebooting,
    'reboot-list-2': rebooting,
    'reboot-list-3': rebooting,
    'reboot-list-6': `printf '${booting}\\nsim_reboot_seconds="0.1"\\n' >>/etc/xen/g1.cfg; ${g1}; counts g1; reboots g1`,
    'shutdown-absent': '',
    'shutdown-crashed': crashed,
    'shutdown-nowait': `${p1}; counts p1`,
    'shutdown-w': `${g1}; counts g1`,
    'shutdown-w-absent': '',
    'sysrq-panic': `${p1}; counts p1`,
    'unpause-again': p1,
    'unpause-g1-1of2': `${g1}; xl pause g1; xl pause g1`,
    'unpause-g1-2of2': `${g1}; xl pause g1; xl pause g1; xl unpause g1`,
    unpause: 'xl create -p /etc/xen/p1.cfg',
    uptime: g1,
    'uptime-absent': '',
    'uptime-g1': g1,
    'vcpu-list': g1,
  },
  onlySimulated: {
    'list-after-migrate-roundtrip': elsewhere,
    'migrate-guest-does-not-suspend': 'takes two minutes there',
    'migrate-ok-back': elsewhere,
    'migrate-ok-polled': elsewhere,
    'migrate-ok-there': elsewhere,
    'migrate-pv-no-shadow-child-ended': 'which of two recorded ends comes depends on the speed of the receiver',
    'migrate-transport-broke-while-copying': elsewhere,
    'reboot-list-2': 'as reboot-list-1',
    'reboot-list-3': 'as reboot-list-1',
  },
  onlyReal: {},
  stories: {
    info: 'its values are a machine’s: the keys are compared',
    'migrate-pv-no-shadow-child-not-exiting': 'as child-ended, on a receiver too slow to end within two seconds',
  },
};

/** Ten lines each, because a recorded error names line 12. */
const moreGuest = (name: string, poweroff = 'destroy', reboot = 'restart', crash = 'destroy') => `name = "${name}"
type = "pvh"; vcpus = 1
kernel = "/guest/vmlinux"
ramdisk = "/guest/initrd"
extra = "console=hvc0 quiet mitigations=off sysrq_always_enabled=1"
memory = 96
on_poweroff = "${poweroff}"
on_reboot = "${reboot}"
on_crash = "${crash}"
${quick}`;

const poweredOff = `patience 0.3; ${p1}; counts p1; xl shutdown p1; shows ---s-- p1; sleep 0.3`;
const mem100 = `${h1} memory=112; counts h1; xl mem-set h1 100m; shows ' 100 ' h1`;
const web1 = `${h1} 'name="web 1"' ${booting}`;
const name77 = `for turn in 1 2; do ${h1}; xl destroy h1; done; ${h1} 'name="77"' memory=112 ${booting}`;
const saved = `${h1}; counts h1; xl save h1 /root/h1.save`;
const unreachable = `${h1}; nameless`;
const dead = `${h1}; xenstored killed`;
const stopped = `${h1}; xenstored stopped`;
const noSecondStart = 'a killed xenstored cannot be started again without a new boot of the host';
const blocks = 'blocks for 60 s there, as shutdown-poweroff-preserve does';
const device = 'files of the kernel, which a simulated host does not have';
const story = 'many commands on two hosts: sim-interrupted-migration.test.ts plays it';
const cable = 'a cable is pulled: the simulated hosts have no network between them';

/** h1 and h2 are PVH; p1 is h1 preserved after its end, r1 is h1 restarted after a crash. */
const more: Situations = {
  folder: 'xen-recorded',
  configs: {
    'h1.cfg': moreGuest('h1'),
    'h2.cfg': moreGuest('h2'),
    'p1.cfg': moreGuest('p1', 'preserve', 'preserve', 'preserve'),
    'r1.cfg': moreGuest('r1', 'destroy', 'restart', 'restart'),
  },
  situations: {
    'create-after-kill': `half_built; xl destroy h1`,
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
    'create-over-half-built': 'half_built',
    'create-over-poweroff-preserve': poweredOff,
    'create-pvh': '',
    'create-unquoted-override': '',
    'destroy-dom0': '',
    'destroy-half-built': 'half_built',
    'destroy-name-with-blank': web1,
    'destroy-numeric-name': name77,
    'destroy-poweroff-preserve': poweredOff,
    'domid-numeric': name77,
    'list-after-mem-set': mem100,
    'list-after-rename': `${mem100}; xl rename h1 h9`,
    'list-after-restore': `${saved}; xl restore /root/h1.save`,
    'list-after-restore-p': `${saved}; xl restore -p /root/h1.save`,
    'list-after-save': saved,
    'list-after-save-c': `${h1}; counts h1; xl save -c h1 /root/h1c.save`,
    'list-after-save-disk-full': `full /small/h1.save; ${h1}; counts h1; xl save h1 /small/h1.save`,
    'list-after-trigger': `${mem100}; xl trigger h1 power; sleep 0.3`,
    'list-bad-option': '',
    'list-crash-preserve': crashed,
    'list-create-killed': 'half_built',
    'list-dashdash': web1,
    'list-half-built-unpaused': 'half_built; xl unpause h1',
    'list-memory-override': `${h1} memory=112 ${booting}`,
    'list-name-with-blank': web1,
    'list-numeric-names': name77,
    'list-old-name': `${h1}; xl rename h1 h9`,
    'list-one-name-with-blank': web1,
    'list-one-numeric-name': name77,
    'list-paused-h2': `${h2}; xl pause h2`,
    'list-poweroff-preserve': poweredOff,
    'list-reboot-preserve': `${p1}; counts p1; xl reboot p1; shows ---sr- p1`,
    'list-reboot-without-keeper': `${r1}; counts r1; kill -9 $(keeper r1); xl reboot r1; shows ---sr- r1`,
    'list-two': '',
    'list-unpaused-h2': `${h2} ${booting}; xl pause h2; xl unpause h2`,
    'list-v': `${mem100}; ${h2} ${booting}`,
    'list-v-crash-restarted': `${r1} ${booting}; counts r1; before=$(xl domid r1); xl sysrq r1 c; is_new r1 $before`,
    'list-v-create-killed': 'half_built',
    'list-v-poweroff-preserve': poweredOff,
    'mem-set': `${h1} memory=112; counts h1`,
    'mem-set-absent': '',
    'mem-set-too-much': h1,
    'migrate-pvh-96': h1,
    'no-xenstore-socket-list': unreachable,
    'no-xenstore-socket-list-name': unreachable,
    'nobody-list': h1,
    'nobody-list-name': h1,
    'pause-h2': h2,
    'pause-half-built': 'half_built; xl unpause h1',
    'reboot-poweroff-preserve': poweredOff,
    rename: h1,
    'rename-name-exists': h1,
    'restore-junk': "yes 'no image at all' | head -n 300 >/root/junk.save",
    'restore-missing-file': '',
    'restore-name-exists': `${saved}; ${h1}`,
    'restore-ok': saved,
    'restore-p-paused': saved,
    'restore-truncated': `${saved}; cut_image pages`,
    'restore-truncated-header': `${saved}; cut_image header`,
    'save-absent': '',
    'save-c': `${h1}; counts h1`,
    'save-disk-full': `full /small/h1.save; ${h1}; counts h1`,
    'save-folder-missing': h1,
    'save-ok': `${h1}; counts h1`,
    'shutdown-F': `${h1}; counts h1`,
    'shutdown-half-built': `patience 0.3; half_built; xl unpause h1`,
    'shutdown-poweroff-preserve': poweredOff,
    'sysrq-panic': `${p1}; counts p1`,
    'trigger-power-pvh': `${h1}; counts h1`,
    'unknown-command': '',
    'unpause-h2': `${h2}; xl pause h2`,
    'unpause-half-built': 'half_built',
    'unpause-poweroff-preserve': poweredOff,
    'unpause-restored': `${saved}; xl restore -p /root/h1.save`,
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
  },
  onlySimulated: {
    'migrate-pvh-96': elsewhere,
    'reboot-poweroff-preserve': blocks,
    'shutdown-half-built': blocks,
    'xenstore-4.17-killed-list': noSecondStart,
    'xenstore-4.17-killed-ls': noSecondStart,
    'xenstored-killed-create': noSecondStart,
    'xenstored-killed-destroy': noSecondStart,
    'xenstored-killed-domid': noSecondStart,
    'xenstored-killed-list': noSecondStart,
    'xenstored-killed-list-id': noSecondStart,
    'xenstored-killed-list-name': noSecondStart,
    'xenstored-killed-list-v': noSecondStart,
    'xenstored-killed-shutdown': noSecondStart,
  },
  onlyReal: {
    'dom0-files': device,
    'no-command': 'a list of all sub-commands, most of which are not simulated; its first line is compared',
    'no-privcmd-list': device,
    'no-privcmd-list-name': device,
  },
  stories: {
    'migrate-interrupted-copy-link': cable,
    'migrate-interrupted-copy-receiver': story,
    'migrate-interrupted-copy-session': story,
    'migrate-interrupted-ready-link': cable,
    'migrate-interrupted-ready-session': story,
  },
};

/** The file of a recording, without its ending. */
export const fileOf = (name: string) => (name.startsWith('xenstore-4.17-') ? name : `xl-4.17-${name}`);

export const xlSituations = { first, more } as const;
