import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Somebody else's work in what is built. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** As package-lock.json has it: `sha512-` and base64. */
  readonly integrity: string;
  /** The licence's text as it comes with the package, if it does. */
  readonly licenceText?: string;
}

interface LockedPackage {
  readonly version: string;
  readonly license: string;
  readonly integrity: string;
}

/** Where an npm package lies, in package-lock.json and on the disk. */
const packageFolder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/** The npm packages of which anything was bundled, by name. */
export function bundledPackages(metafiles: readonly Metafile[]): Component[] {
  const used = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([file]) => packageFolder.exec(file)?.[0] ?? ''),
    ),
  );
  const folders = [...new Set(used)].filter((folder) => folder !== '');
  return folders.map(component).sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** The runtime in the native form. */
export function bunRuntime(architecture: 'x64' | 'aarch64'): Component {
  return component(`node_modules/@oven/bun-linux-${architecture}`);
}

function component(folder: string): Component {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const locked: LockedPackage | undefined = packages[folder];
  if (locked === undefined) throw new Error(`${folder} is bundled, but not in package-lock.json`);
  return {
    name: folder.replace(/^.*node_modules\//, ''),
    version: locked.version,
    licence: locked.license,
    integrity: locked.integrity,
    ...licenceIn(folder),
  };
}

function licenceIn(folder: string): { licenceText?: string } {
  try {
    const file = readdirSync(folder).find((name) => /^licen[sc]e/i.test(name));
    return file === undefined
      ? {}
      : { licenceText: readFileSync(join(folder, file), 'utf8').replaceAll('\r', '').trim() };
  } catch (error) {
    // The runtime for another machine is not below node_modules here.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
