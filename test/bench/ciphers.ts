import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { machine, table, writePart } from './page.ts';
import { median } from './sample.ts';

/**
 * `npm run bench:ciphers`: how fast the stream of a migration gets through ssh with each of its ciphers, through a session
 * that is there already, and through a TLS connection of openssl, all on this machine. Writes docs/performance.md.
 */
const mebibytes = 1024;
const rounds = 5;
const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-ciphers-'));
const file = (name: string) => join(folder, name);
const stopping = new AbortController();

/** One way through which all bytes went. */
interface Way {
  readonly seconds: number;
  /** User and system, of both ends. */
  readonly cpuSeconds: number;
}

try {
  await writeFile(file('data'), '');
  await truncate(file('data'), mebibytes * 2 ** 20);
  const ssh = await startSshd();
  const tls = await startTls();
  const ways: Readonly<Record<string, () => Promise<Way>>> = {
    'ssh as it is': () => ssh([]),
    ...Object.fromEntries(
      [
        'aes128-gcm@openssh.com',
        'aes256-gcm@openssh.com',
        'aes128-ctr',
        'aes256-ctr',
        'chacha20-poly1305@openssh.com',
      ].map((cipher) => [`ssh -c ${cipher}`, () => ssh(['-c', cipher])]),
    ),
    'TLS 1.3 of openssl, AES-128-GCM': tls,
  };
  const found = new Map<string, Way[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(ways)) found.set(name, [...(found.get(name) ?? []), await run()]);
  }
  const rows = [...found].map(([name, runs]) => {
    const seconds = median(runs.map((run) => run.seconds));
    const cpu = median(runs.map((run) => run.cpuSeconds));
    return [name, (mebibytes / seconds).toFixed(0), (mebibytes / cpu).toFixed(0)];
  });
  const text = table(['', 'MiB/s', 'MiB for each second of CPU of both ends'], rows);
  console.log(`on ${machine()}\n${text}`);
  await writePart('ciphers', 'npm run bench:ciphers', text);
} finally {
  stopping.abort();
  await rm(folder, { recursive: true });
}

/** Starts an sshd of its own for root on a free port; what it returns sends the data with some options of ssh. */
async function startSshd(): Promise<(options: readonly string[]) => Promise<Way>> {
  const port = '22922';
  for (const key of ['host', 'user']) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)]);
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host')}`,
    'PidFile none',
    'StrictModes no',
  ];
  settings.push(`AuthorizedKeysFile ${file('user.pub')}`, 'UsePAM no', 'PermitRootLogin yes');
  await writeFile(file('sshd_config'), `${settings.join('\n')}\n`);
  await execa('mkdir', ['-p', '/run/sshd']);
  background('/usr/sbin/sshd', ['-D', '-f', file('sshd_config')]);
  const common = [
    '-F',
    'none',
    '-p',
    port,
    '-i',
    file('user'),
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=no',
  ];
  common.push('-o', `UserKnownHostsFile=${file('known')}`, '-o', 'LogLevel=ERROR');
  await until(() => execa('ssh', [...common, '127.0.0.1', 'true']));
  // The parent of the command is the sshd of the session, which does the work there.
  return (options) => send('ssh', [...common, ...options, '127.0.0.1', 'cat >/dev/null; cat /proc/$PPID/stat']);
}

/** Starts a server of openssl that knows its clients by a certificate; what it returns sends the data. */
async function startTls(): Promise<() => Promise<Way>> {
  const port = '22923';
  const subject = ['-subj', '/CN=bench', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await execa('openssl', ['req', '-x509', ...key, '-keyout', file('key'), '-out', file('cert'), ...subject]);
  const identity = ['-cert', file('cert'), '-key', file('key'), '-CAfile', file('cert'), '-verify_return_error'];
  const cipher = ['-tls1_3', '-ciphersuites', 'TLS_AES_128_GCM_SHA256'];
  const server = background('openssl', ['s_server', '-quiet', '-accept', port, '-Verify', '1', ...identity, ...cipher]);
  const client = ['s_client', '-quiet', '-no_ign_eof', '-connect', `127.0.0.1:${port}`, ...identity, ...cipher];
  await until(() => execa('openssl', client, { input: 'x' }));
  const bytesOut = async () => Number(/^wchar: (\d+)$/m.exec(await readFile(`/proc/${server.pid}/io`, 'utf8'))?.[1]);
  return async () => {
    const before = { cpu: await cpuOf(server.pid), bytes: await bytesOut() };
    const { seconds, cpuSeconds } = await send('openssl', client);
    const arrived = (await bytesOut()) - before.bytes;
    if (arrived < mebibytes * 2 ** 20) throw new Error(`${arrived} bytes of ${mebibytes} MiB came through TLS`);
    return { seconds, cpuSeconds: cpuSeconds + (await cpuOf(server.pid)) - before.cpu };
  };
}

/** Runs a program with the data on its standard input; a line of /proc/PID/stat that it prints is that of the other end. */
async function send(program: string, args: readonly string[]): Promise<Way> {
  const script = 'TIMEFORMAT="%R %U %S"; exec <"$0"; time "$@"';
  const { stdout, stderr } = await execa('bash', ['-c', script, file('data'), program, ...args]);
  const [seconds = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { seconds, cpuSeconds: user + system + cpuIn(stdout) };
}

async function cpuOf(pid: number | undefined): Promise<number> {
  return cpuIn(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** User and system time in a line of /proc/PID/stat, in seconds. */
function cpuIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? 0 : (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Runs until the end. With an open input: a server of openssl ends with its own. */
function background(program: string, args: readonly string[]) {
  return execa(program, args, {
    cancelSignal: stopping.signal,
    reject: false,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

async function until(works: () => Promise<unknown>): Promise<void> {
  for (let tries = 50; ; tries -= 1) {
    try {
      await works();
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await sleep(100);
    }
  }
}
