import type { Domain, State } from './domain.ts';
import { options } from './options.ts';
import { out } from './output.ts';
import { Refusal } from './refusal.ts';
import { view } from './state.ts';

/** A node of xenstore: a value, and children. */
interface Node {
  readonly value: string;
  readonly children: Map<string, Node>;
}

/** `xenstore-ls [-f] [PATH]` */
export function ls(args: readonly string[]): number {
  const { flags, rest } = options(args);
  const [path = '/'] = rest;
  const node = lookUp(tree(view()), path);
  if (!node) throw new Refusal(`xenstore-ls: xs_directory (${path}): No such file or directory\n`);
  print(node, path === '/' ? '' : path, 0, flags.has('f'));
  return 0;
}

/** `xenstore-list PATH...` */
export function list(args: readonly string[]): number {
  const { flags, rest } = options(args);
  const root = tree(view());
  for (const path of rest) {
    const node = lookUp(root, path);
    if (!node) throw new Refusal(`xenstore-list: could not list path ${path}\n`);
    for (const name of node.children.keys()) out(`${flags.has('p') ? `${path}/` : ''}${name}\n`);
  }
  return 0;
}

/** `xenstore-read [-p] PATH...` */
export function read(args: readonly string[]): number {
  const { flags, rest } = options(args);
  const root = tree(view());
  for (const path of rest) {
    const node = lookUp(root, path);
    if (!node) throw new Refusal(`xenstore-read: couldn't read path ${path}\n`);
    out(`${flags.has('p') ? `${path}: ` : ''}${node.value}\n`);
  }
  return 0;
}

function print(node: Node, path: string, depth: number, full: boolean): void {
  for (const [name, child] of node.children) {
    const key = full ? `${path}/${name}` : `${' '.repeat(depth)}${name}`;
    out(`${key} = "${child.value}"\n`);
    print(child, `${path}/${name}`, depth + 1, full);
  }
}

function lookUp(root: Node, path: string): Node | undefined {
  let node: Node | undefined = root;
  for (const name of path.split('/').filter(Boolean)) node = node?.children.get(name);
  return node;
}

/** What the toolstack keeps in xenstore, as far as an agent looks at it. */
function tree(state: State): Node {
  const root: Node = { value: '', children: new Map() };
  put(root, '/tool/xenstored', '');
  put(root, '/local/domain/0/domid', '0');
  put(root, '/local/domain/0/name', 'Domain-0');
  for (const domain of state.domains) if (domain.dyingUntil === null) putDomain(root, domain);
  return root;
}

function putDomain(root: Node, { domid, uuid, label, spec, memory, maxMemory, introduced }: Domain): void {
  const at = `/local/domain/${domid}`;
  put(root, `/vm/${uuid}/uuid`, uuid);
  put(root, `${at}/vm`, `/vm/${uuid}`);
  if (label !== null) {
    put(root, `/vm/${uuid}/name`, label);
    put(root, `${at}/name`, label);
  }
  put(root, `/vm/${uuid}/start_time`, (introduced / 1000).toFixed(2));
  put(root, `${at}/memory/static-max`, String(maxMemory * 1024));
  put(root, `${at}/memory/target`, String(Math.floor(memory) * 1024));
  put(root, `${at}/control/shutdown`, '');
  put(root, `${at}/domid`, String(domid));
  for (let vcpu = 0; vcpu < spec.vcpus; vcpu++) put(root, `${at}/cpu/${vcpu}/availability`, 'online');
}

function put(root: Node, path: string, value: string): void {
  const names = path.split('/').filter(Boolean);
  const last = names.pop();
  let node = root;
  for (const name of names) {
    const child = node.children.get(name) ?? { value: '', children: new Map() };
    node.children.set(name, child);
    node = child;
  }
  if (last !== undefined) node.children.set(last, { value, children: new Map() });
}
