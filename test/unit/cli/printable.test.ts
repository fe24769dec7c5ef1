import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { printable, printableJson, printableOutput } from '../../../cli/printable.ts';
import { table } from '../../../cli/table.ts';
import { processTerminal } from '../../../cli/terminal.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const means = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\x1b[2J',
    '\x9b31m',
    '\x1b]0;title\x07',
    '\x1b]8;;http://x\x1b\\',
    '\r',
    '\u202egnp.exe',
    '\b\b',
    '\x1b[31m',
  ),
);

it('no text of another program or node means anything to a terminal', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(printable(text)).not.toMatch(means);
    }),
  );
});

it('names of people stay as they are', () => {
  for (const text of ['vm01', 'máquina 仮想', '🖥 web', "Bob's"]) expect(printable(text)).toBe(text);
});

it('what is printed holds nothing but text, line ends, tabs and colours', () => {
  expect(printableOutput('a\tb\n\x1b[31mred\x1b[39m\x1b[1mx\x1b[22m')).toBe(
    'a\tb\n\x1b[31mred\x1b[39m\x1b[1mx\x1b[22m',
  );
  fc.assert(
    fc.property(hostile, (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours that are allowed
      expect(printableOutput(text).replace(/\x1b\[\d{1,2}m/g, '')).not.toMatch(means);
    }),
  );
});

it('JSON says the same, without a character that means something to a terminal', () => {
  fc.assert(
    fc.property(fc.dictionary(hostile, hostile), (value) => {
      const text = printableJson(value);
      expect(text).not.toMatch(means);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('whatever a command forgets to make safe, the terminal of the process does', () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    onTestFinished(() => spy.mockRestore());
  }
  const terminal = processTerminal();
  terminal.out('node2 did not tell: \x1b]0;owned\x07\n');
  terminal.err('ocf-virt: \x9b2J\n');
  vi.restoreAllMocks();
  expect(written).toEqual(['node2 did not tell: ?]0;owned?\n', 'ocf-virt: ?2J\n']);
});

it('a hostile name neither breaks a table into more lines nor its columns', () => {
  fc.assert(
    fc.property(hostile, (name) => {
      expect(table(['VM', 'NODE'], [[name, 'node1']]).split('\n')).toHaveLength(3);
    }),
  );
});
