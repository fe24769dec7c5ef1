import { type Sections, type SurveyContext, sections } from './sections.ts';

/** Which sections are asked, and with what. */
export type Request = { readonly [Name in keyof Sections]?: Sections[Name]['options'] };

/** Facts, or why a section has none; a section that fails leaves the others alone. */
export type Fact<Value> = { readonly facts: Value } | { readonly problem: string };

export type Answer<Asked extends Request> = {
  readonly [Name in keyof Asked & keyof Sections]: Fact<Sections[Name]['facts']>;
};

/**
 * Finds what this node knows of itself. The same question goes to every node of a cluster, each answers it with its own
 * tools.
 *
 * @throws Error when a section is unknown, because the asking node has a newer ocf-virt.
 */
export async function survey<Asked extends Request>(request: Asked, context: SurveyContext): Promise<Answer<Asked>> {
  const names = Object.keys(request) as (keyof Asked & keyof Sections)[];
  const facts = await Promise.all(names.map(async (name) => [name, await ask(name, request, context)] as const));
  return Object.fromEntries(facts) as Answer<Asked>;
}

async function ask<Name extends keyof Sections>(
  name: Name,
  request: Request,
  context: SurveyContext,
): Promise<Fact<Sections[Name]['facts']>> {
  if (!Object.hasOwn(sections, name)) return { problem: `this node's ocf-virt knows no section ${name}` };
  try {
    const section = await sections[name]();
    return { facts: await section(request[name] ?? ({} as Sections[Name]['options']), context) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
