import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowed, type Parser, parsers } from './parsers.ts';

const long = process.env['OCF_VIRT_LONG'] !== undefined;

/** What parsers trip over. */
const nasty = [
  ...[
    '',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\0',
    '"',
    "'",
    '\\',
    '|',
    '<',
    '>',
    '&',
    '=',
    ':',
    ';',
    ',',
    '.',
    '-',
    '--',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
  ],
  ...[
    'null',
    '__proto__',
    'constructor',
    '-1',
    '1e999',
    '0x',
    'NaN',
    '9'.repeat(400),
    '\x1b[2J',
    '\u2028',
    '\ud800',
    '\ufeff',
    'ä',
    '🖥',
  ],
  ...[
    '[[[[',
    '{"a":',
    '<a>',
    '</a>',
    '<!--',
    '<![CDATA[',
    '$(reboot)',
    '-oProxyCommand=x',
    '[null]',
    '{}',
    '[]',
    '[{}]',
  ],
];

type Change = readonly [kind: number, at: number, length: number, what: string];
const change: fc.Arbitrary<Change> = fc.tuple(
  fc.nat(5),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(40),
  fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 8 })),
);

/** Cuts a text off, takes something out, puts something in, repeats a part, changes a character, or goes on elsewhere. */
function changed(text: string, [kind, share, length, what]: Change): string {
  const at = Math.floor(share * (text.length + 1));
  const part = text.slice(at, at + length);
  const [before, after] = [text.slice(0, at), text.slice(at + length)];
  switch (kind) {
    case 0:
      return before;
    case 1:
      return before + after;
    case 2:
      return before + what + text.slice(at);
    case 3:
      return before + part + part + after;
    case 4:
      return before + what + after;
    default:
      return before + text.slice(Math.floor(share * length * 7) % (text.length + 1));
  }
}

/** The same JSON with another value somewhere; a text that is none stays as it is. */
function otherValue(text: string, share: number, value: unknown): string {
  try {
    const root: Record<string, unknown> = { root: JSON.parse(text) };
    const slots: [Record<string, unknown>, string][] = [];
    const collect = (one: unknown) => {
      if (typeof one !== 'object' || one === null) return;
      for (const [key, child] of Object.entries(one)) {
        slots.push([one as Record<string, unknown>, key]);
        collect(child);
      }
    };
    collect(root);
    const [holder, key] = slots[Math.floor(share * slots.length)] ?? [root, 'root'];
    holder[key] = value;
    return JSON.stringify(root['root']);
  } catch {
    return text;
  }
}

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const mutated = ({ corpus }: Parser) =>
  fc
    .tuple(
      fc
        .tuple(fc.constantFrom(...corpus), share, fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined }))
        .map(([text, at, value]) => (value === undefined ? text : otherValue(text, at, value))),
      fc.oneof(fc.constant([]), fc.array(change, { maxLength: 6 })),
    )
    .map(([text, changes]) => changes.reduce(changed, text).slice(0, 20_000));

describe.each(parsers.map((parser) => [parser.name, parser] as const))('%s', (_, parser) => {
  it('has a corpus that is read', async () => {
    expect(parser.corpus.length).toBeGreaterThan(0);
    for (const text of parser.corpus) {
      try {
        await parser.run(text);
      } catch (error) {
        expect(allowed(parser, error), String(error)).toBe(true);
      }
    }
  });

  it('spoiled in any way, is understood, or refused with words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 9, arbitrary: mutated(parser) }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }),
        async (text) => {
          try {
            await parser.run(text);
          } catch (error) {
            if (!allowed(parser, error)) throw error;
          }
        },
      ),
      { numRuns: long ? 20_000 : 250 },
    );
  });

  it('of four times the length takes no more than a few times as long', async () => {
    for (const make of growing(parser)) await mustGrowSlowly(parser, make);
  });
});

const pieces = [
  ...[' ', '\t', '\n', 'a', '1', '"', "'", '\\', '=', ':', ';', ',', '.', '-', '(', '[', '{', '<', '|', '\x1b'],
  ...['a ', ' a', '\n ', ' =', '="', '[1,', '<a>', '&amp;', '{"a":', 'a=b,', '::', '()', '%', '\\"'],
];

/** Ways to make a text longer: a part of what is right, with something in it that goes on and on. */
function* growing({ corpus }: Parser): Generator<(length: number) => string> {
  for (const [at, text] of corpus.slice(0, long ? 8 : 2).entries()) {
    const line = text.indexOf('\n') + 1;
    const lines = text.split('\n').map((one) => `${one}\n`);
    const heads = [...new Set([0, line, Math.floor(text.length / 2), text.length])];
    const own = [text, ...lines.slice(0, long ? 40 : 6), ...lines.slice(0, long ? 40 : 4).map((one) => one.trimEnd())];
    for (const head of heads) {
      for (const piece of at === 0 ? [...pieces, ...own] : own) {
        if (piece === '') continue;
        yield (length) => text.slice(0, head) + piece.repeat(Math.ceil(length / piece.length)) + text.slice(head);
      }
    }
  }
}

const shortest = 2048;
const longest = long ? 1 << 20 : 1 << 15;
/** Below that the clock of the machine, and what else it does, count for more than the parser; in milliseconds. */
const measurableMs = 25;

/** Milliseconds of this process, which do not grow when others work. */
async function costOf(parser: Parser, text: string): Promise<number> {
  const from = process.cpuUsage();
  try {
    await parser.run(text);
  } catch {
    // How it ends is looked at above.
  }
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

/** Quadratic is 16; linear is 4, and a little more with the caches of the processor. */
const tolerated = 10;

async function mustGrowSlowly(parser: Parser, make: (length: number) => string): Promise<void> {
  for (let length = shortest; length <= longest / 4; length *= 4) {
    const [small, large] = [make(length), make(4 * length)];
    if ((await costOf(parser, large)) < measurableMs) continue;
    // The best of several, because whatever disturbs makes it only longer.
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5 && best > tolerated; round += 1) {
      const ones = [await costOf(parser, small), await costOf(parser, small), await costOf(parser, small)];
      best = Math.min(best, (await costOf(parser, large)) / Math.max(0.01, Math.min(...ones)));
    }
    expect(best, `${JSON.stringify(large.slice(0, 200))} … of ${large.length}`).toBeLessThan(tolerated);
  }
}
