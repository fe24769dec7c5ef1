import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { createSimHost, type Outcome, removeSimHost, runOn, type SimHost, sshTo } from '../sim/control.ts';

/** The folders that recorded commands name stand for the simulated host's own. */
const folders = /(?<![\w/.-])\/(?:etc\/xen|root|tmp|small)\b/g;

/** A recorded command as it is run again: its files are the simulated host's, and nobody waits long for a hang. */
export function commandHere(recorded: string, host: SimHost): string {
  return recorded.replaceAll(folders, host.dir).replaceAll(/\btimeout \d+ /g, 'timeout 2 ');
}

/** Words of the situations' scripts that are the same on the simulated xl and on real Xen. */
export const vocabulary = `
comes_true() { for look in $(seq 1200); do eval "$1" && return; sleep 0.05; done; echo "never: $1" >&2; return 1; }
shows() { comes_true "xl list '$2' 2>/dev/null | grep -q -e '$1'"; }
gone() { comes_true "! xl list '$1' >/dev/null 2>&1"; }
is_new() { comes_true "now=\\$(xl domid '$1' 2>/dev/null) && [ \\$now != $2 ] && xl list '$1' | grep -q ' 1 *[-r][-b]---- '"; }
reboots() { id=$(xl domid "$1"); xl reboot "$1"; is_new "$1" "$id"; }
keeper() { sed -n 's/.*pid \\([0-9]*\\).*/\\1/p' "$LOGS/xl-$1.log"; }
`;

/** The words that only the simulated xl needs, or has in a way of its own. */
const simulated = (host: SimHost) => `
LOGS=${host.dir}/log
FAULTS=${host.faults}/${host.name}
fault() { mkdir -p $FAULTS; for of in xl xenstore; do echo '{"kind":"'$1'"}' >$FAULTS/$of.json; done; }
xenstored() { case $1 in killed) fault xenstored-hang ;; stopped) fault hang ;; esac; }
nameless() { fault nameless; }
counts() { :; }
patience() { sed -i 's/{/{"ackSeconds":'$1',/' config.json; }
half_built() { xl create h1.cfg sim_create_seconds=60 & shows --p--- h1; kill -9 $!; wait; }
full() { ln -s /dev/full $1; }
cut_image() { case $1 in header) head -n 2 h1.save ;; pages) head -n 3 h1.save ;; esac >trunc.save; }
ssh_says() { printf '#!/bin/sh\\nprintf "%%s\\\\r\\\\n" "%s" >&2; exit 255\\n' "$1" >bin/ssh; chmod +x bin/ssh; }
ssh_breaks() {
  mv bin/ssh bin/way
  printf '#!/bin/sh\\ntimeout 0.5 way "$@"\\nprintf "client_loop: send disconnect: Broken pipe\\\\r\\\\n" >&2; exit 255\\n' >bin/ssh
  chmod +x bin/ssh
}
`;

/** Gives what must differ from run to run one spelling of the same width; `own` is the folder that stands for others. */
function normalise(text: string, own: string): string {
  const wide = (sign: string) => (_: string, before: string, varying: string) => before + sign.padStart(varying.length);
  return text
    .replaceAll(own, '/DIR')
    .replaceAll(folders, '/DIR')
    .replaceAll(/^(.{40} )( *\d+)(?=( +\d+){2} {5}[rbpscdw-]{6} )/gm, wide('N'))
    .replaceAll(/^(.{40}(?: +\d+| +N){3} {5}[rbpscdw-]{6} {2})( *[\d.]+)/gm, wide('T'))
    .replaceAll(/^(.{32} )( *\d+)(?=(?: +\d+){2} {3}[rbpscdw-]{3} )/gm, wide('N'))
    .replaceAll(/^(.{32}(?: +\d+| +N){3} {3}[rbpscdw-]{3} )( *[\d.]+)/gm, wide('T'))
    .replaceAll(/^(.{33} )( *\d+)(?= +\d+:\d\d:\d\d$)/gm, wide('N'))
    .replaceAll(/\d+:\d\d:\d\d$/gm, 'H:MM:SS')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/\b(domain|Dom|domid) \d+/gi, '$1 N')
    .replaceAll(/(\/libxl\/|\/vif\/|domid=)\d+/g, '$1N')
    .replaceAll(/"domid": \d{1,5},/g, '"domid": N,')
    .replaceAll(/\[\d+\]/g, '[PID]')
    .replaceAll(/(0x3\/0x0)\/\d+/g, '$1/SIZE')
    .replaceAll(/xc: info: (XenStore|Console): .*/g, 'xc: info: $1');
}

/** Both ends of a migration and ssh write to one stderr: each kept its order, between them it varied. */
function byWriter(stderr: string): string[][] {
  const receiver =
    /^(migration target|Loading|Parsing config from <|\s*Savefile|xc: info: (Found|Rest|XenS|Cons)|xc: error: (Failed to read|Restore)|libxl: error: libxl_(stream_read|create|domain)\.c)/;
  const ssh = /^(ssh|client_loop)/;
  const lines = stderr.split('\n');
  const writer = (line: string) => (receiver.test(line) ? 'receiver' : ssh.test(line) ? 'ssh' : 'sender');
  return ['sender', 'receiver', 'ssh'].map((who) => lines.filter((line) => writer(line) === who));
}

/** What was printed is what was recorded, but for what must differ from run to run. */
export function expectSame(printed: Outcome, recorded: Outcome & { readonly command: string }, own = '/etc/xen'): void {
  const written = recorded.command.includes('xl migrate ') ? byWriter : (stderr: string) => stderr;
  expect(normalise(printed.stdout, own)).toEqual(normalise(recorded.stdout, own));
  expect(written(normalise(printed.stderr, own))).toEqual(written(normalise(recorded.stderr, own)));
  expect(printed.exit).toBe(recorded.exit);
}

/** A simulated host with the recorded guests' files, and a second one that `ssh` reaches. */
export async function withHosts(
  configs: Readonly<Record<string, string>>,
  work: (host: SimHost, shell: (command: string) => ReturnType<typeof runOn>) => Promise<void>,
): Promise<void> {
  const bin = join(await buildSim('.cache/sim'), '..');
  const shared = mkdtempSync(join(tmpdir(), 'ocf-virt-sim-shared-'));
  const settings = {
    shadowPaging: false,
    totalMemoryMiB: 1535,
    bridges: ['xenbr0'],
    hotplugSeconds: 0.1,
  };
  const host = createSimHost({ bin, name: 'node1', shared, settings });
  const peer = createSimHost({ bin, name: 'node2', shared, settings });
  try {
    for (const [file, text] of Object.entries(configs)) writeFileSync(join(host.dir, file), text);
    mkdirSync(join(host.dir, 'bin'));
    const skipOptions = 'while [ "$1" = -o ]; do shift 2; done';
    writeFileSync(join(host.dir, 'bin/ssh'), `#!/bin/sh\n${skipOptions}\nexec ${sshTo(peer)} "$@"\n`);
    chmodSync(join(host.dir, 'bin/ssh'), 0o755);
    const before = `PATH=${host.dir}/bin:$PATH; cd ${host.dir}; ${vocabulary} ${simulated(host)}`;
    await work(host, (command) => runOn(host, 'sh', '-c', `${before} ${command}`));
  } finally {
    removeSimHost(host);
    removeSimHost(peer);
    rmSync(shared, { recursive: true });
  }
}
