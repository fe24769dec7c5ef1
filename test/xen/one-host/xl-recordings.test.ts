import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, vocabulary } from '../../contract/xl-replay.ts';
import { fileOf, type Situations, xlSituations } from '../../contract/xl-situations.ts';
import { type Outcome, readRecording } from '../../sim/control.ts';
import { clearHost } from '../guest.ts';
import { documents } from '../interruption-table.ts';
import { withHosts } from '../with-hosts.ts';

const pair = withHosts(['node2'], async ({ node2 }) => {
  await clearHost(node2);
  for (const { folder, configs } of Object.values(xlSituations)) {
    for (const [file, text] of Object.entries(configs)) await node2.writeFile(`/root/${folder}/${file}`, text);
  }
});

/** The words of the situations as real Xen has them. */
const real = (folder: string) => `
LOGS=/var/log/xen
afresh() {
  pkill -CONT -x oxenstored
  for id in $(xl list | awk 'NR > 1 && $(NF-4) > 0 { print $(NF-4) }'); do xl destroy $id; done
  umount /small
  rm -rf /root/*.save
  cp /root/${folder}/*.cfg /etc/xen/
  cd /etc/xen
}
xenstored() {
  pkill -STOP -x oxenstored
  # As when it was recorded, others wait already: they fill its queue, and the next xl hangs before its first word.
  for client in 1 2 3; do timeout 1 xenstore-exists / & done
  wait
}
counts() { comes_true "timeout 20 xl console '$1' </dev/null 2>/dev/null | grep -q -m 1 tick"; }
nameless() { :; }
patience() { :; }
ssh_says() { :; }
half_built() {
  for try in 1 2 3 4 5 6 7 8; do
    (setsid xl create /etc/xen/h1.cfg >/dev/null 2>&1 </dev/null &)
    for look in $(seq 100); do [ "$(xenstore-list /local/domain | wc -l)" -gt 1 ] && break; done
    pkill -KILL -f '^[^ ]*/bin/xl create'
    xl list h1 | grep -q ' 0 *--p--- ' && return
    xl destroy h1
  done
}
full() { mkdir -p /small; mount -t tmpfs -o size=1m small /small; }
# The header of xl has 48 bytes, its last four say how long the configuration is; the first record has 1224 bytes.
cut_image() {
  config=$(od -An -tu4 -j44 -N4 /root/h1.save)
  head -c $(case $1 in header) echo $((48 + config + 600)) ;; pages) echo 3000000 ;; esac) /root/h1.save >/root/trunc.save
}
`;

/** Commands that leave everything as it is: the next one may begin where they did. */
const onlyLooks = /^xl (list|domid|domname|uptime|vcpu-list|info|help)\b/;

/** Five seconds and more each, of sub-commands that no agent runs, or much as another recording: with --document only. */
const rare = new Set([
  'create-bridge-missing',
  'create-over-poweroff-preserve',
  'list-after-failed-migrate',
  'list-after-mem-set',
  'list-after-rename',
  'list-after-restore',
  'list-after-restore-p',
  'list-after-save',
  'list-after-save-c',
  'list-after-save-disk-full',
  'list-after-shutdown-w',
  'list-after-trigger',
  'list-after-unpause',
  'list-old-name',
  'list-v',
  'list-v-crash-restarted',
  'mem-set',
  'reboot-list-1',
  'reboot-list-6',
  'rename-name-exists',
  'restore-name-exists',
  'restore-p-paused',
  'restore-truncated-header',
  'save-c',
  'shutdown-nowait',
  'shutdown-poweroff-preserve',
  'sysrq-panic',
  'trigger-power-pvh',
  'unpause-poweroff-preserve',
  'unpause-restored',
  'xenstore-4.17-stopped-list',
  'xenstore-4.17-stopped-read',
  'xenstored-stopped-domid',
]);

/** In the order in which the fewest guests have to be created. */
function inOrder({ situations, onlyReal, onlySimulated }: Situations): [name: string, situation: string][] {
  const all = { ...situations, ...Object.fromEntries(Object.keys(onlyReal).map((name) => [name, ''])) };
  const here = Object.entries(all).filter(([name]) => !(name in onlySimulated) && (documents || !rare.has(name)));
  return here.sort(([, one], [, other]) => (one < other ? -1 : one > other ? 1 : 0));
}

/** The recorded command as it is given here: a hang needs no long proof, and an id is another one each time. */
const commandNow = (recorded: string) =>
  recorded.replaceAll(/\btimeout (5|10|20) /g, 'timeout 4 ').replace('xl domname 1', 'xl domname $(xl domid g1)');

/** Which of the guests that run is on a processor at the moment is chance. */
const chance = ({ stdout, ...rest }: Outcome): Outcome => ({
  ...rest,
  stdout: stdout
    .replaceAll(/ [-r][-b]---- /g, ' r----- ')
    .replaceAll(/ (r--|-b-|---) (?= +\d)/g, ' r-- ')
    .replace(/^\d+$/m, 'ID'),
});

let lastSituation: string | undefined;

async function play(folder: string, situation: string, command: string): Promise<Outcome> {
  const goesOn = situation === lastSituation;
  lastSituation = onlyLooks.test(command) ? situation : undefined;
  const prepare = goesOn ? 'cd /etc/xen' : `{ afresh; ${situation || ':'}; } >/root/situation.log 2>&1 </dev/null`;
  const { code, ...printed } = await pair.node2.run(
    `${vocabulary} ${real(folder)} ${prepare}\ntrap 'pkill -CONT -x oxenstored' EXIT\n${commandNow(command)}`,
    { timeout: 240 },
  );
  return { ...printed, exit: code };
}

describe.each(Object.values(xlSituations))('Real Xen prints what was recorded in $folder', (all) => {
  beforeAll(() => {
    lastSituation = undefined;
  });

  it.each(inOrder(all))('in the situation %s', async (name, situation) => {
    const recorded = readRecording(fileOf(name), all.folder);
    const printed = await play(all.folder, situation, recorded.command);
    expectSame(chance(printed), { ...recorded, ...chance(recorded) });
  });
});

describe('Real xl', () => {
  it('has the keys and the layout of the recorded xl info', async () => {
    const keys = (text: string) => text.split('\n').map((line) => line.slice(0, 25));
    expect(keys(await pair.node2.must('xl info'))).toEqual(keys(readRecording('xl-4.17-info').stdout));
  });
});
