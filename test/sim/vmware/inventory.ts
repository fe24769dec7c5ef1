import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { vmwareHost } from './settings.ts';

/** A registered VM. The path is as it was given. */
export interface Entry {
  readonly id: number;
  readonly path: string;
}

const file = () => join(vmwareHost().etc, 'hostd/vmInventory.xml');

/** The VMs that are registered on this host, by hostd's vmInventory.xml. */
export function readInventory(): Entry[] {
  let xml: string;
  try {
    xml = readFileSync(file(), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return [...xml.matchAll(/<ConfigEntry\b[^>]*>(.*?)<\/ConfigEntry>/gs)].map(([, entry = '']) => ({
    id: Number(/<objID>(.*?)<\/objID>/.exec(entry)?.[1] ?? 0),
    path: decode(/<vmxCfgPath>(.*?)<\/vmxCfgPath>/s.exec(entry)?.[1] ?? ''),
  }));
}

/** The text of a vmInventory.xml. */
export function inventoryXml(entries: readonly Entry[]): string {
  const items = entries.map(
    ({ id, path }, index) =>
      `  <ConfigEntry id="${String(index).padStart(4, '0')}">\n    <objID>${id}</objID>\n` +
      `    <vmxCfgPath>${encode(path)}</vmxCfgPath>\n  </ConfigEntry>\n`,
  );
  return `<ConfigRoot>\n${items.join('')}</ConfigRoot>\n`;
}

/** Writes the inventory of both servers, vmInventory.xml and vm-list, and the datastores. */
export function writeInventory(entries: readonly Entry[]): void {
  const { etc } = vmwareHost();
  replace(file(), inventoryXml(entries));
  replace(join(etc, 'vm-list'), entries.map(({ path }) => `config "${path}"\n`).join(''));
  writeDatastores();
}

/** Writes the file with the datastores, which agents read. */
export function writeDatastores(): void {
  const { etc, datastores } = vmwareHost();
  replace(join(etc, 'hostd/datastores.xml'), datastoresXml(datastores));
}

function datastoresXml(datastores: Readonly<Record<string, string>>): string {
  const items = Object.entries(datastores).map(
    ([name, path], index) => `    <e id="${index}">
      <_type>hostd.host.LocalDatastoreEntry</_type>
      <dynamicProperty>
        <_length>0</_length>
        <_type>vmodl.DynamicProperty[]</_type>
      </dynamicProperty>
      <name>${encode(name)}</name>
      <path>${encode(path)}</path>
    </e>
`,
  );
  return `<ConfigRoot>
  <LocalDatastores>
    <_length>${items.length}</_length>
    <_type>hostd.host.LocalDatastoreEntry[]</_type>
${items.join('')}  </LocalDatastores>
</ConfigRoot>
`;
}

function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

const encode = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const decode = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
