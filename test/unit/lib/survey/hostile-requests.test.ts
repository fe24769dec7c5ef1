import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isHostAddress } from '../../../../lib/ocf/address.ts';
import { askNodes } from '../../../../lib/survey/ask-nodes.ts';
import type { Request } from '../../../../lib/survey/survey.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const hostile = [
  '; reboot',
  '$(reboot)',
  '`reboot`',
  "'",
  '"',
  '\\',
  'a b',
  '\n',
  '-oProxyCommand=reboot',
  '&',
  '|',
  '*',
  '~',
];
const text = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0')),
);

async function ask(node: string, request: Request, addressOf?: (node: string) => string) {
  const runner = scriptedRunner(() => ({ code: 1 }));
  const options = { runner, clock: fakeClock(), timeoutMs: 5000, self: undefined, ownCommand: [] };
  await askNodes([node], request, addressOf === undefined ? options : { ...options, addressOf });
  return runner.calls;
}

it('whatever file names and addresses a question holds, the shell of the other node reads it back as one word', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 4 }),
      fc.dictionary(text, text, { maxKeys: 3 }),
      async (files, addresses) => {
        const request = { vms: { xlFiles: files, vmxFiles: files }, reach: { addresses, sshOptions: files } };
        const [call = []] = await ask('node2', request);
        expect(call.at(-2)).toBe('node2');
        const words = execFileSync('sh', ['-c', `printf '%s\\0' ${call.at(-1)}`], { encoding: 'utf8' }).split('\0');
        expect(words).toEqual(['ocf-virt', 'survey', JSON.stringify(request), '--timeout', '4', '']);
      },
    ),
    { numRuns: 60 },
  );
});

it('ssh gets no address that it could take for an option or that has a meaning to a shell', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (address) => {
      const calls = await ask('node2', { host: {} }, () => address);
      if (!isHostAddress(address)) expect(calls).toEqual([]);
      else expect(calls[0]?.at(-2)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9:.%_-]*$|^:/);
    }),
  );
});
