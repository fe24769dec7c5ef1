import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { bundle } from './bundle.ts';

/** Where Bun shows the files that are embedded in an executable. */
export const embedded = '/$bunfs/root';

/** Loaded on demand, and yet in a part of its own. */
const vmware = 'agents/vmware/agent.ts';

/**
 * The parts that the agents are made of. Each holds what its source imports statically, in one scope; what that loads on
 * demand is in the last part, which holds all that is in no earlier one. A module exists in one part only, and the others
 * take it from there.
 *
 * A monitor of a running domain runs most often by far, and must be fast: the main part is all that it loads. The same
 * modules in one bundle with all others take a sixth more CPU, mostly because esbuild then wraps each in a function.
 */
const agentParts = [
  {
    name: 'main',
    source: "import { run } from './cli/native.ts';",
    last: `globalThis.ocfVirt.later = async (path) =>
      path === '${vmware}' ? require('${embedded}/vmware.js') : require('${embedded}/later.js').load(path);
    void run();`,
  },
  { name: 'vmware', source: `export { vmware } from './${vmware}';`, last: '' },
] as const;

/** Packages, and programs other than the agents: a file each, with a copy of whatever of the project it needs. */
const ownParts = [
  { name: 'execa', of: 'execa', source: "module.exports = require('execa')" },
  { name: 'xml2js', of: 'xml2js', source: "module.exports = require('xml2js')" },
  { name: 'yargs', of: 'yargs', source: "module.exports = require('yargs').default" },
  { name: 'cli', of: 'cli/main.ts', source: "export { cli } from './cli/main.ts'" },
  { name: 'alarm', of: 'cli/alarm/agent.ts', source: "export { alarmAgent } from './cli/alarm/agent.ts'" },
  { name: 'watch', of: 'agents/vmwatch/daemon.ts', source: "export { runDaemon } from './agents/vmwatch/daemon.ts'" },
];

const programs: ReadonlySet<string> = new Set(ownParts.map(({ of }) => of));

/** Loaded on demand, and yet in the part of whatever loads it: a monitor does. */
const kept: ReadonlySet<string> = new Set(
  ['vim-cmd', 'vmware-cmd', 'vmrun'].map((tool) => `lib/hypervisor/vmware/${tool}-look.ts`),
);

/** The bundles of the native form, as files of one folder. */
export interface Parts {
  readonly main: string;
  readonly others: readonly string[];
  readonly metafiles: readonly Metafile[];
}

/** Bundles the native form as files of a folder. */
export async function bundleParts(folder: string): Promise<Parts> {
  const external = Object.fromEntries(ownParts.map(({ of, name }) => [of, `${embedded}/${name}.js`]));
  const file = (name: string) => join(folder, `${name}.cjs`);
  // esbuild resolves in any order: what is made of these is sorted, so that the same sources make the same executable.
  const owners = new Map<string, string>();
  const onDemand = new Set<string>();
  for (const { name, source, last } of agentParts) {
    const plugins = [later(onDemand), elsewhere(owners, new Set())];
    const { inputs } = await bundle({ source: `${source}\n${last}`, outfile: file(name), external, plugins });
    for (const input of Object.keys(inputs)) {
      // What other agents may need as well is in the part that is always there.
      if (/^[\w-]+\//.test(input)) owners.set(input, input.includes(`/${name}/`) ? name : 'main');
    }
  }
  const taken = new Set<string>();
  const metafiles = [
    await bundle({
      source: `const modules = {\n${[...onDemand]
        .sort()
        .map((path) => `${JSON.stringify(path)}: () => require('./${path}'),\n`)
        .join('')}};
export const load = (path) => modules[path]();`,
      outfile: file('later'),
      external,
      plugins: [elsewhere(owners, taken)],
    }),
  ];
  for (const { name, source, last } of [...agentParts].reverse()) {
    const shared = [...taken].filter((path) => owners.get(path) === name).sort();
    const others = new Map([...owners].filter(([, owner]) => owner !== name));
    const plugins = [later(new Set()), elsewhere(others, taken)];
    const text = `${source}\n${await sharing(name, shared)}\n${last}`;
    metafiles.push(await bundle({ source: text, outfile: file(name), external, plugins }));
  }
  for (const { name, of, source } of ownParts) {
    const { [of]: itself, ...rest } = external;
    metafiles.push(await bundle({ source, outfile: file(name), external: rest }));
  }
  const others = ['vmware', 'later', ...ownParts.map(({ name }) => name)].map(file);
  return { main: file('main'), others, metafiles };
}

/** Gives modules of a part to the others: not as namespaces, which would cost the part time before anybody asks. */
async function sharing(part: string, paths: readonly string[]): Promise<string> {
  const names = await exportsOf(paths);
  const imports = paths.map((path, index) => `import * as m${index} from './${path}';\n`);
  const entries = paths.map((path, index) => {
    const members = (names.get(path) ?? []).map((name) => `${name}: m${index}.${name}`);
    return `${JSON.stringify(path)}: () => ({ __esModule: true, ${members.join(', ')} }),\n`;
  });
  return `${imports.join('')}(globalThis.ocfVirt ??= {}).${part} = {\n${entries.join('')}};`;
}

/** The names that modules export. */
async function exportsOf(paths: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const { metafile } = await build({
    ...{ entryPoints: [...paths], outdir: '.', outbase: '.', format: 'esm', metafile: true, write: false },
  });
  return new Map(Object.values(metafile.outputs).map(({ entryPoint = '', exports }) => [entryPoint, exports]));
}

/**
 * What is loaded on demand is in the part `later`, or in a part of its own. A call for it stands where the import stood: what
 * esbuild would make of an import is evaluated by every action.
 */
function later(found: Set<string>): Plugin {
  return {
    name: 'later',
    setup: ({ onResolve, onLoad }) => {
      onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const contents = text.replaceAll(/\bimport\('(\.[^']+)'\)/g, (whole, name: string) => {
          const file = relative('.', join(dirname(path), name));
          if (kept.has(file) || programs.has(file)) return whole;
          if (file !== vmware) found.add(file);
          return `globalThis.ocfVirt.later(${JSON.stringify(file)})`;
        });
        return { contents, loader: 'ts' };
      });
      onResolve({ filter: /^\/\$bunfs/ }, ({ path }) => ({ path, external: true }));
    },
  };
}

/** What another part has is taken from there. */
function elsewhere(owners: ReadonlyMap<string, string>, taken: Set<string>): Plugin {
  return {
    name: 'elsewhere',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const file = relative('.', join(resolveDir, path));
        if (!owners.has(file)) return undefined;
        taken.add(file);
        return { path: file, namespace: 'elsewhere' };
      });
      onLoad({ filter: /./, namespace: 'elsewhere' }, ({ path }) => {
        const part = owners.get(path) ?? '';
        const loaded = part === 'main' ? '' : `require('${embedded}/${part}.js');\n`;
        return { contents: `${loaded}module.exports = globalThis.ocfVirt.${part}[${JSON.stringify(path)}]()` };
      });
      onResolve({ filter: /^\/\$bunfs/ }, ({ path }) => ({ path, external: true }));
    },
  };
}
