import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { aptProxy, aptSources } from '../../support/apt-mirror.ts';
import { cache } from '../cache.ts';
import { phase } from '../progress.ts';
import { unpackKernel } from './kernel.ts';

const recipe = import.meta.dirname;

const packages = [
  ...['xen-utils-4.17', 'xenstore-utils'],
  ...['pacemaker', 'pacemaker-cli-utils', 'corosync', 'crmsh', 'resource-agents'],
  ...[
    'openssh-server',
    'openssh-client',
    'iproute2',
    'kmod',
    'cpio',
    'procps',
    'psmisc',
    'busybox-static',
    'strace',
    'xz-utils',
  ],
  ...['python3-minimal'],
];

/**
 * Builds what the hosts boot from, or takes it from an earlier run with the same recipe: `xen`, `vmlinux`, `initrd`,
 * `disk.img` and the key `sshkey` in the folder that is returned.
 */
export async function buildImage(): Promise<string> {
  const base = join(cache, `base-${hash([...packages, read('base.sh'), read('kernel.ts')])}`);
  const image = join(
    cache,
    `image-${hash([base, process.version, ...filesBelow(recipe).map((file) => `${file} ${read(file)}`)])}`,
  );
  if (existsSync(image)) return image;
  if (!existsSync(base)) await phase('fetch and unpack Debian, Xen and the kernel', () => make(base, buildBase));
  await phase('make the disk of the hosts', () => make(image, (folder) => pack(folder, base)));
  for (const name of readdirSync(cache)) {
    const old = /^(base|image)-/.test(name) && ![base, image].includes(join(cache, name));
    if (old) rmSync(join(cache, name), { recursive: true });
  }
  return image;
}

/** Fills a folder under another name first: one that was interrupted is never taken for a complete one. */
async function make(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  await fill(unfinished);
  renameSync(unfinished, folder);
}

async function buildBase(folder: string): Promise<void> {
  writeFileSync(join(folder, 'sources.list'), await aptSources('bookworm'));
  const proxy = await aptProxy();
  writeFileSync(join(folder, 'proxy.conf'), proxy);
  // debootstrap takes the proxy from its environment.
  const url = /"(.+)"/.exec(proxy)?.[1];
  await isolated(join(recipe, 'base.sh'), [folder, ...packages], url === undefined ? {} : { http_proxy: url });
  await unpackKernel(folder, join(folder, 'vmlinux'));
}

async function pack(folder: string, base: string): Promise<void> {
  await isolated(join(recipe, 'pack.sh'), [folder, base, recipe, process.execPath]);
}

/** Runs a script so that its mounts and processes end with it, even when this process is killed. */
async function isolated(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const log = join(cache, 'build.log');
  const { exitCode, all } = await execa('unshare', [...namespaces, 'sh', script, ...args], {
    env,
    all: true,
    reject: false,
    stdin: 'ignore',
    maxBuffer: 1 << 26,
  });
  writeFileSync(log, String(all));
  if (exitCode === 0) return;
  const tail = String(all).split('\n').slice(-15).join('\n');
  throw new Error(`${relative('.', script)} failed; all that it printed is in ${relative('.', log)}:\n${tail}`);
}

const hash = (parts: readonly string[]) => createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
const read = (file: string) => readFileSync(join(recipe, file), 'utf8');

/** With their modes: a script that cannot be executed makes another image. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort();
}
