import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checks } from '../../../../cli/check/checks.ts';
import { report } from '../../../../cli/check/report.ts';
import { clusterFacts } from './healthy.ts';

const plain = { width: 80, style: (_: string, text: string) => text };
const finding = (remedy: readonly (string | readonly string[])[]) => [
  { check: 'x', severity: 'note' as const, what: 'What.', evidence: [], remedy },
];

it('the worst comes first, and 80 columns are enough for everything but one long word', async () => {
  const facts = await clusterFacts({
    xml: (xml) =>
      xml.replace('"stonith-enabled" value="true"', '"stonith-enabled" value="false"').replaceAll('"100"', '"0"'),
    nodes: ({ node1, node2 }) => {
      node1.services.xendomains.save = '/var/lib/xen/save';
      node2.host.cpu.flags = Array.from({ length: 40 }, (_, index) => `flag${index}`);
    },
  });
  const text = report(
    checks.flatMap(({ id, find }) => find(facts).map((one) => ({ check: id, ...one }))),
    plain,
  );
  expect(text.match(/^[A-Z]+S? \(\d\)$/gm)).toEqual(['PROBLEMS (2)', 'WARNINGS (2)']);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

it('a command can be copied as it stands: a shell reads back its words', () => {
  const word = fc.stringMatching(/^[ -~]{1,30}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
      const text = report(finding([['printf', '%s\\0', ...words]]), plain);
      const command = text.slice(text.indexOf('$ ') + 2);
      const read = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).split('\0').slice(0, -1);
      expect(read).toEqual(words);
    }),
    { numRuns: 100 },
  );
});

it('a text of another node cannot write to the terminal', () => {
  const text = report(
    [{ check: 'x', severity: 'note', what: 'a\x1b[31m', evidence: ['b\rc'], remedy: [['d\ne']] }],
    plain,
  );
  expect(text.includes('\x1b') || text.includes('\r')).toBe(false);
  expect(text).toContain("'d?e'");
});
