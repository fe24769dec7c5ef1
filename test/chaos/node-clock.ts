import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { VmClusterOptions } from '../cluster/vm-cluster.ts';

const file = '/run/node-clock';
const library = '/usr/local/lib/node-clock.so';
/** The width of the number in the file, which is mapped into every program: it must never get shorter. */
const text = (seconds: number | string) => `printf '%-16s' ${seconds}`;

/** Gives each node a wall clock that can be set: for the programs of the cluster and the agents. */
export function nodeClock(): Required<Pick<VmClusterOptions, 'install' | 'atBoot'>> {
  mkdirSync('.cache/chaos', { recursive: true });
  const built = '.cache/chaos/node-clock.so';
  const draft = `${built}.${process.pid}`;
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', draft, join(import.meta.dirname, 'clock.c')]);
  renameSync(draft, built);
  return {
    install: { [library]: built },
    atBoot: `${text(0)} >${file}\nexport NODE_CLOCK=${file} LD_PRELOAD=${library}`,
  };
}

/** The command that sets the clock of a node so many seconds ahead. */
export const setClock = (seconds: number | string): string =>
  `${text(seconds)} | dd of=${file} conv=notrunc status=none`;
