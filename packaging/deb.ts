import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { wrap } from './changelog.ts';
import type { Product } from './product.ts';

const run = promisify(execFile);

/** The fields of a control file that differ between the packages. */
export interface DebOptions {
  readonly name: string;
  readonly architecture: 'amd64' | 'arm64' | 'all';
  readonly depends: string;
  /** Packages that hold the same files. */
  readonly replaces: string;
  /** What sets it apart, after what all packages say. */
  readonly form: string;
}

/**
 * Packs a folder that is laid out as it installs.
 *
 * @returns the path of the package.
 */
export async function makeDeb(root: string, folder: string, product: Product, options: DebOptions): Promise<string> {
  const { name, architecture } = options;
  const files = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('DEBIAN/'))
    .sort();
  const control = join(root, 'DEBIAN');
  await mkdir(control, { recursive: true });
  const contents = await Promise.all(files.map((file) => readFile(join(root, file))));
  const sums = contents.map(
    (content, index) => `${createHash('md5').update(content).digest('hex')}  ${files[index]}\n`,
  );
  const size = contents.reduce((total, content) => total + Math.ceil(content.length / 1024), 0);
  const script = await readFile('packaging/files/maintainer-script', 'utf8');
  const purge = await readFile('packaging/files/postrm-purge', 'utf8');
  await writeFile(join(control, 'md5sums'), sums.join(''));
  await writeFile(join(control, 'control'), controlFile(product, options, size));
  await writeFile(join(control, 'postinst'), script);
  await writeFile(join(control, 'postrm'), `${script}${purge}`);
  await run('chmod', ['-R', 'u=rwX,go=rX', control]);
  for (const one of ['postinst', 'postrm']) await chmod(join(control, one), 0o755);
  const file = join(folder, `${name}_${product.version}_${architecture}.deb`);
  // The executable holds 100 MB: higher levels take three times as long for a twentieth less.
  await run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z0', '--build', root, file], { env: product.env });
  return file;
}

function controlFile(product: Product, options: DebOptions, kibibytes: number): string {
  const text = [...product.description, options.form];
  return `Package: ${options.name}
Version: ${product.version}
Architecture: ${options.architecture}
Maintainer: ${product.maintainer}
Installed-Size: ${kibibytes}
Depends: ${options.depends}
Recommends: pacemaker, pacemaker-cli-utils, crmsh | pcs, openssh-client
Suggests: resource-agents, fence-agents, xen-utils-common, xenstore-utils, bash-completion
Conflicts: ${options.replaces}
Replaces: ${options.replaces}
Section: admin
Priority: optional
Description: ${product.summary}
${text.map((paragraph) => ` ${wrap(paragraph, 78).join('\n ')}\n`).join(' .\n')}`;
}
