import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { wrap } from './changelog.ts';
import type { Product } from './product.ts';

const run = promisify(execFile);

/**
 * Packs a folder that is laid out as it installs, with rpmbuild.
 *
 * @returns the path of the package.
 */
export async function makeRpm(
  root: string,
  folder: string,
  product: Product,
  options: { readonly licence: string; readonly changelog: string },
): Promise<string> {
  const top = await mkdtemp(join(tmpdir(), 'ocf-virt-rpm-'));
  try {
    const spec = join(top, 'ocf-virt.spec');
    const fields: Readonly<Record<string, string>> = {
      VERSION: product.version,
      SUMMARY: product.summary,
      LICENCE: options.licence,
      PACKAGER: product.maintainer,
      DESCRIPTION: product.description.map((paragraph) => wrap(paragraph, 78).join('\n')).join('\n\n'),
      CHANGELOG: options.changelog,
    };
    const template = await readFile('packaging/files/ocf-virt.spec', 'utf8');
    await writeFile(
      spec,
      template.replace(/@([A-Z]+)@/g, (_, field: string) => fields[field] ?? ''),
    );
    const defines = { _topdir: top, _rpmfilename: 'package.rpm', tree: root };
    const args = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
    await run('rpmbuild', ['-bb', '--quiet', '--target', 'x86_64', ...args, spec], { env: product.env });
    const file = join(folder, `ocf-virt-${product.version}-1.x86_64.rpm`);
    await copyFile(join(top, 'RPMS/package.rpm'), file);
    return file;
  } finally {
    await rm(top, { recursive: true });
  }
}
