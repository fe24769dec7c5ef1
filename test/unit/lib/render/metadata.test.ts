import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStringPromise } from 'xml2js';
import { agents } from '../../../../agents/index.ts';
import { type AnyAgent, defineAgent } from '../../../../lib/agent/define.ts';
import { version } from '../../../../lib/ocf/version.ts';
import { renderMetadata } from '../../../../lib/render/metadata.ts';
import { escapeXml } from '../../../../lib/render/xml.ts';

const schemas = join(import.meta.dirname, '../../../fixtures/ocf');

/** What xmllint says of a document against a schema; `[0, …]` when it is valid. */
function xmllint(document: string, ...schema: string[]): [number | null, string] {
  const { status, stderr } = spawnSync('xmllint', ['--noout', ...schema, '-'], {
    cwd: schemas,
    input: document,
    encoding: 'utf8',
  });
  return [status, stderr];
}

/** An agent of every parameter type, with texts that must be escaped. */
const everything: AnyAgent = defineAgent({
  name: 'Every',
  short: 'a <b> & "c"',
  long: 'Line one.\n\nLine two with ]]> and <!-- and &amp;.',
  parameters: {
    path: { type: 'text', required: true, uniqueGroup: 'a"b', short: 'p', long: 'A path.', default: '"<&>"' },
    free: { type: 'text', short: 'f', long: 'Free.' },
    yes: { type: 'flag', default: true, reloadable: true, short: 'y', long: 'Yes.' },
    count: { type: 'integer', minimum: 1, maximum: 9, unit: 'MiB', default: 3, short: 'c', long: 'Count.' },
    time: { type: 'seconds', default: 30, short: 't', long: 'Time.' },
    method: { type: 'choice', options: ['a', 'b'], default: 'b', short: 'm', long: 'Method.' },
  },
  actions: [
    { name: 'start', timeout: 90 },
    { name: 'monitor', timeout: 30, interval: 10, depth: 0 },
    { name: 'reload-agent', timeout: 20 },
  ],
  functions: {},
});

const documents: [string, () => Promise<AnyAgent>][] = [
  ...Object.entries(agents),
  ['an agent with every type', async () => everything],
];

describe.each(documents)('the meta-data of %s', (_, load) => {
  it('is valid against the DTD that ocf-tester uses', async () => {
    expect(xmllint(renderMetadata(await load()), '--valid')).toEqual([0, '']);
  });

  it('is valid against the schema of OCF 1.1', async () => {
    expect(xmllint(renderMetadata(await load()), '--relaxng', 'ra-api-1.1.rng')).toEqual([0, '- validates\n']);
  });

  it('says that the agent speaks OCF 1.1, and has the version of the package', async () => {
    const { 'resource-agent': root } = await parseStringPromise(renderMetadata(await load()));
    expect([root.version, root.$.version]).toEqual([['1.1'], version]);
  });

  it('advertises every parameter and action of the definition, in its order', async () => {
    const agent = await load();
    const { 'resource-agent': root } = await parseStringPromise(renderMetadata(agent));
    const names = (elements: { $: { name: string } }[]) => elements.map((element) => element.$.name);
    expect(names(root.parameters[0].parameter)).toEqual(Object.keys(agent.parameters));
    expect(names(root.actions[0].action)).toEqual(agent.actions.map(({ name }) => name));
  });
});

it.each(Object.entries(agents))(
  'the meta-data of %s is what it was: a change is made on purpose',
  async (name, load) => {
    const text = renderMetadata(await load()).replace(`version="${version}"`, 'version="VERSION"');
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, `../../../golden/${name}.xml`));
  },
);

it('the schemas find what is wrong, so that the tests above can fail', () => {
  const valid = renderMetadata(everything);
  for (const [right, wrong] of [
    ['<actions>', '<actions><action name="x" />'],
    ['required="1"', 'required="yes"'],
    ['<version>1.1</version>', ''],
  ] as const) {
    expect(xmllint(valid.replace(right, wrong), '--valid')[0]).not.toBe(0);
    expect(xmllint(valid.replace(right, wrong), '--relaxng', 'ra-api-1.1.rng')[0]).not.toBe(0);
  }
});

describe('a parameter', () => {
  it('tells type, default and what the type itself says', async () => {
    const { 'resource-agent': root } = await parseStringPromise(renderMetadata(everything));
    const found = root.parameters[0].parameter.map(
      (parameter: { $: object; content: { $: object }[]; longdesc: { _: string }[] }) => [
        parameter.$,
        parameter.content[0]?.$,
        parameter.longdesc[0]?._.trim(),
      ],
    );
    const plain = { unique: '0', required: '0', reloadable: '0' };
    expect(found).toEqual([
      [
        { ...plain, name: 'path', 'unique-group': 'a"b', unique: '1', required: '1' },
        { type: 'string', default: '"<&>"' },
        'A path.',
      ],
      [{ ...plain, name: 'free' }, { type: 'string' }, 'Free.'],
      [{ ...plain, name: 'yes', reloadable: '1' }, { type: 'boolean', default: 'true' }, 'Yes.'],
      [{ ...plain, name: 'count' }, { type: 'integer', default: '3' }, 'Count.\n\nIn MiB, from 1 to 9.'],
      [
        { ...plain, name: 'time' },
        { type: 'string', default: '30' },
        'Time.\n\nA time in seconds, or with a unit: 90, 90s, 2min.',
      ],
      [{ ...plain, name: 'method' }, { type: 'string', default: 'b' }, 'Method.\n\nOne of: a, b.'],
    ]);
  });
});

it('texts keep their letters', async () => {
  const { 'resource-agent': root } = await parseStringPromise(renderMetadata(everything));
  expect(root.shortdesc[0]._).toBe(everything.short);
  expect(root.longdesc[0]._.trim()).toBe(everything.long);
});

it('any text survives as content and as attribute', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '<', '>', '&', '"', "'", ']]>', '<!--', '&amp;', '&#60;', 'ä', '仮', ' x'),
  });
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      const { e } = await parseStringPromise(`<e a="${escapeXml(given)}">|${escapeXml(given)}|</e>`);
      expect([e.$.a, e._]).toEqual([given, `|${given}|`]);
    }),
    { numRuns: 300 },
  );
});

it('the DTD of the tests is the one that the document names', () => {
  expect(renderMetadata(everything)).toContain('SYSTEM "ra-api-1.dtd"');
  expect(readFileSync(join(schemas, 'ra-api-1.dtd'), 'utf8')).toContain('<!ELEMENT resource-agent');
});
