import { chmod } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

/**
 * Bundles one executable into one CommonJS file: files under resource.d have no extension and are CommonJS to Node.
 *
 * Not minified, because operators read the agent. `import()` stays lazy inside the file, so that an action evaluates
 * only the modules it uses. `import.meta.url` is defined because yargs 18 needs it (yargs#1929, esbuild#1492).
 */
export async function bundle(options: {
  /** The entry's file, or its text with imports relative to the project's root. */
  readonly entry?: string;
  readonly source?: string;
  readonly outfile: string;
  /** First line of the file, for example `#!/usr/bin/env node`. */
  readonly shebang?: string;
  /** Names replaced by text at build time, for example `{ VERSION: '"0.1.0"' }`. */
  readonly define?: Record<string, string>;
  /** Packages, and files of the project by their paths, that are not bundled, and where they are at run time. */
  readonly external?: Readonly<Record<string, string>>;
  /** They see an import after `external`. */
  readonly plugins?: readonly Plugin[];
}): Promise<Metafile> {
  const result = await build({
    ...(options.source === undefined
      ? { entryPoints: [options.entry ?? ''] }
      : { stdin: { contents: options.source, resolveDir: '.', loader: 'ts' as const } }),
    outfile: options.outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [atRunTime(options.external ?? {}), ...(options.plugins ?? [])],
    define: { 'import.meta.url': 'importMetaUrl', ...options.define },
    banner: {
      js: `${options.shebang === undefined ? '' : `${options.shebang}\n`}const importMetaUrl = 'file:///ocf-virt';`,
    },
  });
  await chmod(options.outfile, 0o755);
  return result.metafile;
}

function atRunTime(places: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'at-run-time',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^[a-z.]/ }, ({ path, resolveDir }) => {
        const place = places[path.startsWith('.') ? relative('.', join(resolveDir, path)) : path];
        return place === undefined ? undefined : { path: place, external: true };
      });
    },
  };
}
