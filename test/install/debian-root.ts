import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { aptProxy, aptSources } from '../support/apt-mirror.ts';

export type Release = 'bookworm' | 'trixie';

const recipe = import.meta.dirname;
const cache = resolve('.cache/package');

/** A Debian that a test may change as it likes. */
export interface Debian {
  /** Runs a shell script as root in it; the packages are in /run/packages. What it prints on both streams comes together. */
  run(script: string): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Runs one that must succeed, and returns what it printed. */
  must(script: string): Promise<string>;
  /** Starts it with systemd as its pid 1, and returns when that has ended. */
  boot(unit: string): Promise<void>;
  /** The folder that holds what was changed in it. */
  readonly changes: string;
  /** All that it consists of, for an overlay: folders with `:` between, the uppermost first. */
  readonly layers: string;
}

/**
 * A Debian as debootstrap makes it, fetched once and kept in .cache.
 *
 * @param folder where its changes go; removed by whoever made it.
 * @param packages the folder that it sees as /run/packages.
 * @param like another one, which is not changed meanwhile: begins as that is now; `/`: as this machine is.
 */
export async function debian(release: Release, folder: string, packages: string, like?: Debian | '/'): Promise<Debian> {
  const base = like === '/' ? like : (like?.layers ?? (await baseOf(release)));
  const changes = join(folder, 'upper');
  mkdirSync(changes, { recursive: true });
  const enter = (namespaces: readonly string[], command: readonly string[], timeout = 0) =>
    execa(
      'unshare',
      [
        ...['--mount', '--pid', '--uts', '--ipc', ...namespaces, '--fork', '--kill-child'],
        ...['sh', join(recipe, 'enter.sh'), base, folder, resolve(packages), ...command],
      ],
      { all: true, reject: false, stdin: 'ignore', timeout, maxBuffer: 1 << 26 },
    );
  const run: Debian['run'] = async (script) => {
    const { exitCode = 255, all } = await enter([], ['sh', '-euc', script]);
    return { exitCode, output: all };
  };
  return {
    run,
    must: async (script) => {
      const { exitCode, output } = await run(script);
      if (exitCode !== 0) throw new Error(`in Debian ${release}, this ended with ${exitCode}:\n${script}\n${output}`);
      return output;
    },
    boot: (unit) =>
      inOwnCgroup(async () => {
        await enter(['--net', '--cgroup'], ['/lib/systemd/systemd', `--unit=${unit}`], 120_000);
      }),
    changes,
    layers: `${changes}:${base}`,
  };
}

/** Does something in a control group below that of this machine, which systemd takes for the root. */
async function inOwnCgroup(work: () => Promise<void>): Promise<void> {
  const { stdout } = await execa('findmnt', ['--noheadings', '--types', 'cgroup2', '--output', 'TARGET']);
  const top = stdout.split('\n')[0] ?? '';
  const mine = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  const before = join(top, mine);
  const own = join(before, `ocf-virt-test-${process.pid}`);
  mkdirSync(own, { recursive: true });
  try {
    writeFileSync(join(own, 'cgroup.procs'), String(process.pid));
    await work();
  } finally {
    writeFileSync(join(before, 'cgroup.procs'), String(process.pid));
    const below = await execa('find', [own, '-depth', '-type', 'd']);
    for (const folder of below.stdout.split('\n')) rmdirSync(folder);
  }
}

async function baseOf(release: Release): Promise<string> {
  const sources = await aptSources(release);
  const proxy = await aptProxy();
  const script = join(recipe, 'root.sh');
  const hash = createHash('sha256').update(readFileSync(script)).update(sources).digest('hex').slice(0, 12);
  const base = join(cache, `${release}-${hash}`);
  if (existsSync(base)) return base;
  // Under another name first: one that was interrupted is never taken for a complete one.
  const draft = `${base}.unfinished`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const files = { sources: join(cache, `${release}.list`), proxy: join(cache, `${release}.proxy`) };
  writeFileSync(files.sources, sources);
  writeFileSync(files.proxy, proxy);
  const url = /"(.+)"/.exec(proxy)?.[1];
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { exitCode, all } = await execa(
    'unshare',
    [...namespaces, 'sh', script, release, draft, files.sources, files.proxy],
    { all: true, reject: false, stdin: 'ignore', ...(url === undefined ? {} : { env: { http_proxy: url } }) },
  );
  if (exitCode !== 0) throw new Error(`no Debian ${release} could be made:\n${all.split('\n').slice(-15).join('\n')}`);
  renameSync(draft, base);
  return base;
}
