import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { execa } from 'execa';
import { consoleOf, type Network, powerOff, powerOn, qemuOf, setLink } from './power.ts';
import type { HostNumber, Rack } from './rack.ts';

export interface Answer {
  /** 124 when the time was over. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One of the two hosts: real Xen, its domain 0 reached by ssh. */
export interface Host {
  readonly number: HostNumber;
  readonly name: string;
  /** The host's name on the migration network. */
  readonly migrationName: string;
  /** Runs a command line of bash; `timeout` in seconds, else 60. Its exit code is no error. */
  run(command: string, options?: { readonly timeout?: number; readonly input?: string | Buffer }): Promise<Answer>;
  /** Runs a command line that must succeed, and returns what it printed. */
  must(command: string, options?: { readonly timeout?: number; readonly input?: string | Buffer }): Promise<string>;
  writeFile(path: string, text: string): Promise<void>;
  /** Copies what is in a folder of this machine, or some of it, into a folder of the host. */
  copyFolder(from: string, to: string, files?: readonly string[]): Promise<void>;
  /** Cuts the power, as if the plug were pulled. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  isOn(): boolean;
  /** Returns when its own start-up script has ended and ssh answers. */
  waitUntilUp(timeoutSeconds?: number): Promise<void>;
  setLink(network: Network, up: boolean): Promise<void>;
  console(): string;
}

/** A host of a rack, whether its power is on or off. */
export function hostOf(rack: Rack, number: HostNumber): Host {
  const name = `node${number}`;
  const ssh = sshArguments(rack, number);
  const host: Host = {
    number,
    name,
    migrationName: `${name}-migration`,
    async run(command, { timeout = 60, input } = {}) {
      // The host ends it: without a terminal, nothing there would notice that ssh was killed here.
      const remote = `exec timeout -k 5 ${timeout} bash -c ${quote(command)}`;
      const result = await execa('ssh', [...ssh, remote], {
        reject: false,
        timeout: (timeout + 30) * 1000,
        maxBuffer: 1 << 28,
        stripFinalNewline: false,
        ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      });
      return { code: result.exitCode ?? 124, stdout: String(result.stdout), stderr: String(result.stderr) };
    },
    async must(command, options) {
      const { code, stdout, stderr } = await host.run(command, options);
      if (code !== 0) throw new Error(`${name}: ${command}: exit code ${code}\n${stdout}${stderr}`);
      return stdout;
    },
    async writeFile(path, text) {
      await host.must(`mkdir -p "$(dirname ${quote(path)})" && cat > ${quote(path)}`, { input: text });
    },
    async copyFolder(from, to, files = ['.']) {
      const tar = execa('tar', ['-C', from, '-cf', '-', ...files], { encoding: 'buffer', buffer: false });
      const remote = `mkdir -p ${quote(to)} && tar -C ${quote(to)} -xf - --no-same-owner`;
      await tar.pipe('ssh', [...ssh, remote]);
    },
    powerOff: async () => {
      await powerOff(rack, number);
      await execa('ssh', [...ssh.slice(0, -1), '-O', 'exit', name], { reject: false });
    },
    powerOn: () => powerOn(rack, number),
    isOn: () => qemuOf(number) !== undefined,
    async waitUntilUp(timeoutSeconds = 300) {
      const end = Date.now() + timeoutSeconds * 1000;
      while (!consoleOf(number).includes('HOST-UP')) {
        if (!host.isOn()) throw new Error(`${name}: QEMU has ended:\n${consoleOf(number).slice(-2000)}`);
        if (Date.now() > end) throw new Error(`${name} did not boot:\n${consoleOf(number).slice(-2000)}`);
        await later(200);
      }
      while ((await host.run('true')).code !== 0) {
        if (Date.now() > end) throw new Error(`${name}: ssh does not answer`);
        await later(500);
      }
    },
    setLink: (network, up) => setLink(rack, number, network, up),
    console: () => consoleOf(number),
  };
  return host;
}

function sshArguments({ image, sockets, sshPorts }: Rack, number: HostNumber): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'ConnectTimeout=20',
    'ServerAliveInterval=20',
    // One connection for all: setting one up takes a second under emulation.
    'ControlMaster=auto',
    'ControlPersist=600',
    `ControlPath=${join(sockets, `node${number}.ssh`)}`,
    'Ciphers=aes128-gcm@openssh.com',
    'User=root',
    `HostName=127.0.0.1`,
    `Port=${sshPorts[number]}`,
    `IdentityFile=${join(image, 'sshkey')}`,
  ];
  return ['-F', '/dev/null', ...options.flatMap((option) => ['-o', option]), `node${number}`];
}

/** A word for a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
