import { vmwareHost } from './settings.ts';

/** `[NAME] dir/x.vmx` for a path: the deepest datastore that holds it. */
export function datastorePath(path: string): string {
  const [name, folder] = storeOf(path) ?? ['', ''];
  return folder === '' ? `[] ${path}` : `[${name}] ${path.slice(folder.length + 1)}`;
}

/** The datastore that holds a path: its name and its folder. */
export function storeOf(path: string): [string, string] | undefined {
  return Object.entries(vmwareHost().datastores)
    .filter(([, folder]) => path.startsWith(`${folder}/`))
    .sort(([, one], [, other]) => other.length - one.length)[0];
}

/** The path that `[NAME] dir/x.vmx`, `[NAME]/dir/x.vmx` or `[ha-datacenter/NAME] …` means; a path stays as it is. */
export function plainPath(text: string): string {
  const [, name, rest = ''] = /^\[(?:[^\]]*\/)?([^\]/]*)\][ /]*(.*)$/s.exec(text) ?? [];
  if (name === undefined) return text;
  const folder = vmwareHost().datastores[name];
  return folder === undefined ? `/${rest}` : `${folder}/${rest}`;
}
