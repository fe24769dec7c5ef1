import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asShellLine, type Change, makeChanges } from '../../../cli/change.ts';
import type { RunResult } from '../../../lib/system/runner.ts';
import { splitWords } from '../../../lib/system/shell-words.ts';
import { operatorTools } from '../../support/operator.ts';
import { scriptedRunner } from '../../support/scripted-runner.ts';

const change = (...words: readonly string[]): Change => ({
  why: `Did ${words.length}`,
  command: ['crm_attribute', ...words],
});
const hostile = [
  'a b',
  "it's",
  '"',
  '; reboot',
  '$(reboot)',
  '`reboot`',
  'a\nb',
  '--delete',
  '-x',
  '*',
  '~',
  '\\',
  '',
  '&',
  '|',
  '#x',
  '!!',
];

describe('a change that is printed', () => {
  const word = fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  );

  it('is one that a shell reads back as exactly the words of the change', () => {
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 4 }), { minLength: 1, maxLength: 20 }), (commands) => {
        const lines = commands.map((words) => asShellLine(change(...words)));
        const script = lines.map((line) => `printf '%s\\0' ${line}; printf '\\1\\0'`).join('\n');
        const read = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
        const expected = commands.map((words) =>
          [...['crm_attribute', ...words], '\x01'].map((one) => `${one}\0`).join(''),
        );
        expect(read).toBe(expected.join(''));
      }),
      { numRuns: 60 },
    );
  });

  it('is read back by the project itself, too', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        expect(splitWords(asShellLine(change(...words)))).toEqual(['crm_attribute', ...words]);
      }),
    );
  });
});

describe('changes', () => {
  const make = async (answer: (args: readonly string[]) => Partial<RunResult>, dryRun = false) => {
    const runner = scriptedRunner((_, args) => answer(args));
    const tools = operatorTools(runner);
    const all = [change('--node=a', '--update=; reboot'), change('--node=b')];
    return { runner, outcome: makeChanges(all, { tools, seconds: 5, dryRun }) };
  };

  it('are made one after the other, and said', async () => {
    const { runner, outcome } = await make(() => ({}));
    expect(await outcome).toMatchObject({ exit: 0, text: 'Did 2.\nDid 1.\n' });
    expect(runner.calls).toEqual([
      ['crm_attribute', '--node=a', '--update=; reboot'],
      ['crm_attribute', '--node=b'],
    ]);
  });

  it('of a dry run are printed, and nothing is run', async () => {
    const { runner, outcome } = await make(() => ({}), true);
    expect((await outcome).text).toBe("crm_attribute --node=a '--update=; reboot'\ncrm_attribute --node=b\n");
    expect(runner.calls).toEqual([]);
  });

  it('end at the first that fails, with its words and what was done before', async () => {
    const { outcome } = await make((args) =>
      args.includes('--node=b') ? { code: 105, stderr: 'crm_attribute: Could not map name=b to a UUID\n' } : {},
    );
    await expect(outcome).rejects.toMatchObject({
      message: expect.stringContaining('Could not map name=b to a UUID'),
      remedy: 'done before: Did 2',
    });
  });
});
