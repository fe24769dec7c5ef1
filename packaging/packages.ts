import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { releases } from '../build/changelog.ts';
import { debianChangelog, rpmChangelog } from './changelog.ts';
import { bundledPackages, bunRuntime, type Component } from './components.ts';
import { type DebOptions, makeDeb } from './deb.ts';
import { commonLicences, licenceNames, licences } from './licences.ts';
import { commonTexts, completion, documents, layOut, type Texts, zip } from './payload.ts';
import type { Product } from './product.ts';
import { makeRpm } from './rpm.ts';
import { sbom } from './sbom.ts';

const run = promisify(execFile);

/** A form as it lies in dist, and whose work is in it. */
interface Form {
  readonly dist: string;
  /** What only this form needs. */
  readonly texts?: Texts;
  readonly components: readonly Component[];
}

/** What goes into the packages of every form. */
interface Shared {
  readonly texts: Texts;
  readonly zsh: string;
}

/** Bun's own need of the C library. */
const libc = 'libc6 (>= 2.17)';
const nativeForm = 'This is the native form: one executable that needs nothing but the C library.';
const nodeForm = 'This is the form for hosts with Node.js: scripts that can be read.';

/**
 * Packs the forms that lie in dist, in every way that they are given to users.
 *
 * @param bundled what was bundled into each form.
 * @returns the paths of the packages.
 */
export async function makePackages(
  folder: string,
  bundled: { readonly node: readonly Metafile[]; readonly native: readonly Metafile[] },
  product: Product,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const native = bundledPackages(bundled.native);
  const unit = 'ocf-virt-preload.service';
  const texts = { [`usr/lib/systemd/system/${unit}`]: await readFile(`packaging/files/${unit}`) };
  const x64: Form = { dist: 'dist/native', texts, components: [...native, bunRuntime('x64')] };
  const arm64: Form = { dist: 'dist/native-arm64', texts, components: [...native, bunRuntime('aarch64')] };
  const node: Form = { dist: 'dist/node', components: bundledPackages(bundled.node) };
  const shared: Shared = {
    texts: await commonTexts(),
    zsh: await completion('zsh'),
  };
  const forNode = { depends: 'nodejs (>= 20.16)', replaces: 'ocf-virt', form: nodeForm };
  const forNative = { name: 'ocf-virt', depends: libc, replaces: 'ocf-virt-node', form: nativeForm };
  const work = await mkdtemp(join(tmpdir(), 'ocf-virt-package-'));
  const pack = { folder: resolve(folder), work, shared, product };
  try {
    // Two at a time: nearly all the time goes into compressing the executables.
    const first = await Promise.all([
      deb(pack, x64, { ...forNative, architecture: 'amd64' }),
      deb(pack, arm64, { ...forNative, architecture: 'arm64' }),
    ]);
    const second = await Promise.all([rpm(pack, x64), tarball(pack, x64, 'linux-x86_64')]);
    const third = await Promise.all([
      tarball(pack, arm64, 'linux-aarch64'),
      tarball(pack, node, 'node'),
      deb(pack, node, { ...forNode, name: 'ocf-virt-node', architecture: 'all' }),
    ]);
    return [...first, ...second, ...third];
  } finally {
    await rm(work, { recursive: true });
  }
}

interface Pack {
  readonly folder: string;
  readonly work: string;
  readonly shared: Shared;
  readonly product: Product;
}

async function deb({ folder, work, shared, product }: Pack, form: Form, options: DebOptions): Promise<string> {
  const { name, architecture } = options;
  const root = join(work, `${name}_${architecture}`);
  const doc = `usr/share/doc/${name}`;
  const changelog = debianChangelog(name, releases(), product.maintainer);
  await layOut(root, form.dist, {
    ...shared.texts,
    ...form.texts,
    ...(await documents(doc)),
    'usr/share/zsh/vendor-completions/_ocf-virt': shared.zsh,
    [`${doc}/changelog.gz`]: zip(changelog),
    [`${doc}/copyright`]: licences(form.components, '/usr/share/common-licenses'),
    [`${doc}/sbom.cdx.json`]: sbom(product, name, form.components),
    [`usr/share/lintian/overrides/${name}`]: await readFile(`packaging/files/${name}.lintian-overrides`),
  });
  if (form.dist === 'dist/node') await useDebiansNode(root);
  return makeDeb(root, folder, product, options);
}

/** Debian wants the path of the interpreter, and an agent is not to depend on Pacemaker's PATH. */
async function useDebiansNode(root: string): Promise<void> {
  const { stdout } = await run('grep', ['-rlx', '#!/usr/bin/env node', root]);
  for (const file of stdout.trim().split('\n')) {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('#!/usr/bin/env node', '#!/usr/bin/node'));
  }
}

async function rpm(pack: Pack, form: Form): Promise<string> {
  const root = join(pack.work, 'rpm');
  await layOutAlone(pack, root, form);
  return makeRpm(root, pack.folder, pack.product, {
    licence: licenceNames(form.components).join(' AND '),
    changelog: rpmChangelog(releases(), pack.product.maintainer),
  });
}

async function tarball(pack: Pack, form: Form, suffix: string): Promise<string> {
  const { version, env, date } = pack.product;
  const name = `ocf-virt-${version}`;
  const parent = join(pack.work, suffix);
  await layOutAlone(pack, join(parent, name), form);
  const file = join(pack.folder, `${name}-${suffix}.tar.gz`);
  const plain = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=${date.toISOString()}`];
  await run('tar', [...plain, '--use-compress-program=gzip -n', '-cf', file, '-C', parent, name], { env });
  return file;
}

/** For distributions that do not have Debian's folder of licences. */
async function layOutAlone({ shared, product }: Pack, root: string, form: Form): Promise<void> {
  const doc = 'usr/share/doc/ocf-virt';
  const folder = 'usr/share/licenses/ocf-virt';
  const texts = commonLicences.map(async (name) => [
    `${folder}/${name}`,
    await readFile(`/usr/share/common-licenses/${name}`),
  ]);
  await layOut(root, form.dist, {
    ...shared.texts,
    ...form.texts,
    ...(await documents(doc)),
    'usr/share/zsh/site-functions/_ocf-virt': shared.zsh,
    [`${doc}/CHANGELOG.md`]: await readFile('CHANGELOG.md'),
    [`${doc}/sbom.cdx.json`]: sbom(product, 'ocf-virt', form.components),
    [`${folder}/LICENSE`]: licences(form.components, `/${folder}`),
    ...Object.fromEntries(await Promise.all(texts)),
  });
}
