import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { append, host, stateDir } from './host.ts';
import { memoryHost } from './memory-host.ts';
import { identify, type ProcessId } from './process.ts';

/**
 * A shell that blocks for ever in a builtin is the lightest process there is (2 MB). Its script lies in a file called
 * like the sub-command, so that its command line reads `xl create /etc/xen/vm.cfg` and nothing else.
 */
const script = 'exec 3<>never\ncd /\nread -r forever <&3\n';
const argv0 = '/usr/lib/xen-4.17/bin/xl';

/** Starts a domain's daemon, in a session of its own, with its log on stdout and stderr. */
export function startDaemon(name: string, args: readonly string[]): ProcessId | undefined {
  const memory = memoryHost();
  if (memory) return memory.startDaemon(name, args);
  const dir = join(stateDir, 'daemon');
  const shell = join(dir, 'xl');
  const command = args[0] ?? 'create';
  if (!existsSync(shell)) {
    mkdirSync(dir, { recursive: true });
    execFileSync('mkfifo', [join(dir, 'never')], { stdio: 'ignore' });
    symlinkSync('/bin/sh', shell);
  }
  if (!existsSync(join(dir, command))) writeFileSync(join(dir, command), script);
  daemonLog(name, '', '');
  const log = openSync(logFile(name), 'a');
  const child = spawn(shell, [...args], { argv0, cwd: dir, detached: true, stdio: ['ignore', log, log] });
  child.on('error', () => {});
  child.unref();
  return child.pid === undefined ? undefined : identify(child.pid);
}

/** Writes one line to a domain's daemon log. */
export function daemonLog(name: string | null, text: string, newline = '\n'): void {
  if (name !== null && memoryHost() === undefined) append(logFile(name), text + newline);
}

function logFile(name: string): string {
  return join(host().logs, `xl-${name}.log`);
}
