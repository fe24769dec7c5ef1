import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { processes } from '../system/process-table.ts';

/** Pacemaker's program that runs agents: its name, and the one of Pacemaker 1. */
const names = ['pacemaker-execd', 'lrmd'];

/**
 * The variables that agents inherit on this node: those of Pacemaker's executor, or, where it does not run, what they
 * always have.
 */
export function inheritedEnvironment(): Record<string, string> {
  const executor = processes().find(({ args }) => names.includes(basename(args[0] ?? '')));
  const own = executor === undefined ? undefined : environmentOf(executor.pid);
  if (own === undefined) return { ...minimal };
  const { PWD: _, OLDPWD: __, ...kept } = own;
  // The executor sets these two for itself after its start, and /proc does not show that.
  const logFile = kept['PCMK_logfile'];
  return {
    ...kept,
    ...(kept['PCMK_service'] === undefined ? {} : { PCMK_service: 'pacemaker-execd' }),
    ...(logFile === undefined || logFile === 'none' ? {} : { HA_LOGFILE: logFile }),
  };
}

/** The folder that agents run in. */
export function executorFolder(): string {
  const folder = '/var/lib/pacemaker/cores';
  return existsSync(folder) ? folder : '/';
}

/** What files of an agent may be read by: the executor's own umask. */
export const executorUmask = 0o026;

const minimal = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C',
};

function environmentOf(pid: number): Record<string, string> | undefined {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((pair) => pair.includes('='));
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  } catch {
    return undefined;
  }
}
