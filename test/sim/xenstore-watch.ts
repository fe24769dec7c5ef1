import { mkdirSync, watch as watchFolder } from 'node:fs';
import { stateDir } from './host.ts';
import { options } from './options.ts';
import { writeAll } from './output.ts';
import { view } from './state.ts';

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
      if (file !== 'state.json') return;
      const now = counters();
      for (const path of rest) {
        for (let count = known[path] ?? 0; count < (now[path] ?? 0); count++) say(path);
      }
      known = now;
    });
    for (const path of rest) say(path);
  });
}
