import { readFileSync } from 'node:fs';

/** Where VMware Server 2 keeps its datastores. */
const datastoresFile = '/etc/vmware/hostd/datastores.xml';

/** The folders of the datastores of this host by name. */
export type Datastores = ReadonlyMap<string, string>;

/** The datastores of this host; empty when the file cannot be read or understood. */
export async function readDatastores(file = datastoresFile): Promise<Datastores> {
  try {
    return await parseDatastores(readFileSync(file, 'utf8'));
  } catch {
    return new Map();
  }
}

interface DatastoresXml {
  readonly ConfigRoot?: {
    readonly LocalDatastores?: readonly {
      readonly e?: readonly { readonly name?: readonly string[]; readonly path?: readonly string[] }[];
    }[];
  };
}

/** Parses hostd's datastores.xml. Throws when it is no XML. */
export async function parseDatastores(xml: string): Promise<Datastores> {
  const { parseStringPromise } = await import('xml2js');
  const root = (await parseStringPromise(xml)) as DatastoresXml | null;
  const entries = root?.ConfigRoot?.LocalDatastores?.flatMap(({ e }) => e ?? []) ?? [];
  const pairs = entries.flatMap(({ name, path }) =>
    typeof name?.[0] === 'string' && typeof path?.[0] === 'string'
      ? [[name[0], path[0].replace(/\/+$/, '')] as const]
      : [],
  );
  return new Map(pairs);
}

/** The absolute path that `[NAME] dir/x.vmx` means; undefined when the datastore is not known. */
export function pathOf(file: string, datastores: Datastores): string | undefined {
  const [, name, rest] = /^\[([^\]]*)\] ?(.*)$/s.exec(file) ?? [];
  if (name === undefined || rest === undefined) return file.startsWith('/') ? file : undefined;
  // A file that lies in no datastore.
  if (name === '' && rest.startsWith('/')) return rest;
  const folder = datastores.get(name.replace(/^.*\//, '')) ?? datastores.get(name);
  return folder === undefined ? undefined : `${folder}/${rest}`;
}

/** The name `[NAME] dir/x.vmx` of a file: that of the deepest datastore that holds it; undefined when none does. */
export function datastoreName(path: string, datastores: Datastores): string | undefined {
  const [best] = [...datastores]
    .filter(([, folder]) => path.startsWith(`${folder}/`))
    .sort(([, one], [, other]) => other.length - one.length);
  return best === undefined ? undefined : `[${best[0]}] ${path.slice(best[1].length + 1)}`;
}
