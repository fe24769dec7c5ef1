import { mkdirSync, watch as watchFolder, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFault } from './faults.ts';
import { stateDir } from './host.ts';
import { options } from './options.ts';
import { writeAll } from './output.ts';
import { view } from './state.ts';

/** A file that is written when xenstored ends and is started anew. */
const restarted = 'xenstored-restarted';

/** `ocf-virt-sim restart-xenstored`: whoever watches hears nothing any more. */
export function restartXenstored(): number {
  writeFileSync(join(stateDir, restarted), '');
  return 0;
}

/** `xenstore-watch [-n COUNT] @releaseDomain|@introduceDomain...`: each is printed once at the start, then as it fires. */
export async function watch(args: readonly string[]): Promise<number> {
  const { flags, rest } = options(args, 'n');
  let left = Number(flags.get('n') || Number.POSITIVE_INFINITY);
  const counters = () => {
    const { releases, introductions } = view();
    return { '@releaseDomain': releases, '@introduceDomain': introductions } as Record<string, number>;
  };
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  let known = counters();
  return new Promise((resolve) => {
    const say = (path: string) => {
      if (left <= 0) return;
      writeAll(1, `${path}\n`);
      if (--left === 0) resolve(0);
    };
    watchFolder(stateDir, (_, file) => {
      // Seen with xenstore-watch of Xen 4.17: once its xenstored has ended it asks for ever, and takes a CPU for it.
      if (file === restarted) for (;;);
      if (file !== 'state.json' || findFault(['xenstore-watch', 'xenstore'])?.kind === 'xenstored-hang') return;
      const now = counters();
      for (const path of rest) {
        for (let count = known[path] ?? 0; count < (now[path] ?? 0); count++) say(path);
      }
      known = now;
    });
    for (const path of rest) say(path);
  });
}
