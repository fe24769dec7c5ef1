import { expect, it } from 'vitest';
import { parseXml } from '../../../../lib/cluster/xml.ts';
import { OcfError } from '../../../../lib/ocf/error.ts';

it('elements and attributes of any name are data, also those that mean something to the runtime', async () => {
  const root = await parseXml('<a><__proto__ polluted="yes"><b/></__proto__><constructor x="1"/></a>');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(root['constructor']).toBeDefined();
});

it.each(['', ' ', 'garbage', '<a>', '<a', '<a></b>', '<a b=c/>', '<a>&nothing;</a>', '\0', '<a/><b/>'])(
  '%j is an empty element, or a reason',
  async (text) => {
    const parsed = await parseXml(text).catch((error) => error);
    if (parsed instanceof Error) expect(parsed).toBeInstanceOf(OcfError);
    else expect(parsed).toEqual({});
  },
);

it('an entity is never expanded, neither from a file nor from itself', async () => {
  const bomb =
    '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY x "xx"><!ENTITY y "&x;&x;">]><a b="&f;">&y;</a>';
  await expect(parseXml(bomb)).rejects.toThrow(OcfError);
});

it('elements within elements without end are a reason, and do not run out of stack', async () => {
  const depth = 100_000;
  await expect(parseXml('<a>'.repeat(depth) + '</a>'.repeat(depth))).rejects.toThrow(/nested more than 200 deep/);
});
