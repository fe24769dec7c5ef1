/** An element as xml2js shapes it: its attributes in `$`, its children by name. */
export type Element = { readonly $?: Readonly<Record<string, string>> } & {
  readonly [name: string]: readonly Element[] | undefined;
};

/**
 * Parses an XML document of Pacemaker, and returns its root element.
 *
 * @throws Error when it is not well-formed.
 */
export async function parseXml(xml: string): Promise<Element> {
  const { parseStringPromise } = await import('xml2js');
  const parsed = (await parseStringPromise(xml, { emptyTag: () => ({}) })) as Record<string, Element> | null;
  const [root] = Object.values(parsed ?? {});
  return root ?? {};
}

export function attributesOf(element: Element | undefined): Readonly<Record<string, string | undefined>> {
  return element?.$ ?? {};
}

/** The children of that name of all these elements, in their order. */
export function childrenOf(parents: readonly Element[] | undefined, name: string): readonly Element[] {
  return (parents ?? []).flatMap((parent) => parent[name] ?? []);
}
