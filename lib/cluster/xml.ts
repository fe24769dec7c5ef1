import { failed } from '../ocf/error.ts';

/** An element as xml2js shapes it: its attributes in `$`, its children by name. */
export type Element = { readonly $?: Readonly<Record<string, string>> } & {
  readonly [name: string]: readonly Element[] | undefined;
};

/**
 * Parses an XML document of Pacemaker, and returns its root element.
 *
 * @throws OcfError exit 1 when it is not well-formed, or nested deeper than anything of Pacemaker's.
 */
export async function parseXml(xml: string): Promise<Element> {
  const { parseStringPromise } = await import('xml2js');
  try {
    const parsed = (await parseStringPromise(xml, { emptyTag: () => ({}) })) as Record<string, Element> | null;
    const [root] = Object.values(parsed ?? {});
    if (root !== undefined && isDeeperThan(deepest, root)) throw new Error(`nested more than ${deepest} deep`);
    return root ?? {};
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    throw failed(`the cluster's answer was not understood: ${why}`, 'look whether crm_mon works on this node');
  }
}

/** Resources in groups, clones and bundles make some twenty. Whoever goes through an element calls itself. */
const deepest = 200;

function isDeeperThan(depth: number, root: Element): boolean {
  let level: readonly Element[] = [root];
  for (let at = 0; at <= depth && level.length > 0; at += 1) {
    level = level.flatMap((one) =>
      Object.entries(one).flatMap(([name, children]) => (name !== '$' && Array.isArray(children) ? children : [])),
    );
  }
  return level.length > 0;
}

export function attributesOf(element: Element | undefined): Readonly<Record<string, string | undefined>> {
  return element?.$ ?? {};
}

/** The children of that name of all these elements, in their order. */
export function childrenOf(parents: readonly Element[] | undefined, name: string): readonly Element[] {
  return (parents ?? []).flatMap((parent) => parent[name] ?? []);
}
