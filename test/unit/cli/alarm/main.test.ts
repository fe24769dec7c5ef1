import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { alarm } from '../../../../cli/alarm/main.ts';
import { type Clock, machineClock } from '../../../../lib/system/clock.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const death = {
  ...{ CRM_alert_kind: 'resource', CRM_alert_node: 'node1', CRM_alert_rsc: 'vm01', CRM_alert_task: 'asyncmon' },
  ...{ CRM_alert_interval: '0', CRM_alert_rc: '1', CRM_alert_target_rc: '0', CRM_alert_status: '0' },
};
const lost = { CRM_alert_kind: 'node', CRM_alert_node: 'node3', CRM_alert_desc: 'lost' };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-alarm-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs the alert agent on node1 of three; what it said, and the programs it ran with what they were given to read. */
function machine(
  answers: Readonly<Record<string, Partial<RunResult>>> = {},
  { folder = temporaryFolder(), clock = fakeClock() }: { readonly folder?: string; readonly clock?: Clock } = {},
) {
  const said: string[] = [];
  const inputs: (string | undefined)[] = [];
  const cluster = {
    'crm_node --name': { stdout: 'node1\n' },
    'crm_node --partition': { stdout: 'node2 node1 \n' },
    'sendmail -oi -t': {},
  };
  const runner = scriptedRunner((program, args) => ({ ...cluster, ...answers })[[program, ...args].join(' ')]);
  return {
    said,
    inputs,
    calls: runner.calls,
    run: (recipient: string, env: Readonly<Record<string, string>>) =>
      alarm({
        env: { CRM_alert_recipient: recipient, ...env },
        runner: {
          ...runner,
          perform: (program, args, deadline, input) => {
            inputs.push(input);
            return runner.perform(program, args, deadline);
          },
        },
        clock,
        folder,
        err: (text) => said.push(text),
      }),
  };
}

it('a death is mailed with what to do, once', async () => {
  const { run, inputs } = machine();
  expect(await run('mail:admin@example.org', { ...death, alarm_from: 'cluster@example.org' })).toBe(0);
  expect(await run('mail:admin@example.org', death)).toBe(0);
  expect(inputs).toHaveLength(1);
  const [head = '', body = ''] = inputs[0]?.split('\n\n') ?? [];
  expect(head.split('\n')).toEqual(
    expect.arrayContaining([
      'From: cluster@example.org',
      'To: admin@example.org',
      'Subject: [cluster] vm01 has died on node1',
    ]),
  );
  expect(body).toContain('ocf-virt events --vm vm01');
});

it('a command gets the alarm as JSON to read, and no arguments', async () => {
  const { run, inputs, calls } = machine({ '/usr/local/bin/page': {} });
  expect(await run('command:/usr/local/bin/page', death)).toBe(0);
  expect(calls).toEqual([['/usr/local/bin/page']]);
  expect(JSON.parse(inputs[0] ?? '')).toMatchObject({ kind: 'died', node: 'node1', resource: 'vm01' });
});

it('of a lost node only the first node of the partition speaks; who cannot find out speaks, too', async () => {
  const first = machine();
  await first.run('root@localhost', lost);
  expect(first.inputs).toHaveLength(1);
  const second = machine({ 'crm_node --name': { stdout: 'node2\n' } });
  await second.run('root@localhost', lost);
  expect(second.inputs).toHaveLength(0);
  const alone = machine({ 'crm_node --partition': { code: 102 } });
  await alone.run('root@localhost', lost);
  expect(alone.inputs).toHaveLength(1);
});

it('only the kinds that are asked for are sent', async () => {
  const { run, inputs } = machine();
  await run('mail:root', { ...death, alarm_kinds: 'fenced, lost' });
  expect(inputs).toHaveLength(0);
  await run('mail:root', { ...death, alarm_kinds: 'died' });
  expect(inputs).toHaveLength(1);
});

it('what cannot be sent is tried again until the deadline, and the reason is told', async () => {
  const clock = fakeClock();
  const { run, said, calls } = machine({ 'sendmail -oi -t': { code: 75, stderr: 'queue is full' } }, { clock });
  expect(await run('mail:root', { ...death, alarm_deadline: '10' })).toBe(1);
  expect(calls).toHaveLength(4);
  expect(clock.now()).toBeLessThan(10_000);
  expect(said.join('')).toContain('sendmail: queue is full');
});

it('alarms that cannot be counted are sent all the same', async () => {
  const { run, inputs, said } = machine({}, { folder: '/dev/null/nowhere' });
  await run('mail:root', death);
  await run('mail:root', death);
  expect(inputs).toHaveLength(2);
  expect(said.join('')).toContain('not limited');
});

it.each([
  ['nobody', {}, 'neither a mail address'],
  ['mail:root', { alarm_limit: 'many' }, 'alarm_limit="many"'],
  ['mail:root', { alarm_kinds: 'died exploded' }, '"exploded"'],
])('%s with %j is refused with a reason', async (recipient, options, words) => {
  const { run, said, calls } = machine();
  expect(await run(recipient, { ...death, ...(options as Record<string, string>) })).toBe(2);
  expect(said.join('')).toContain(words);
  expect(calls).toEqual([]);
});

it.each([
  ['that nobody listens to', 'http://127.0.0.1:1/hooks/SECRET?token=SECRET'],
  ['of a port that no browser uses', 'http://127.0.0.1:22/hooks/SECRET'],
  ['of a host that does not exist', 'https://nowhere.invalid/hooks/SECRET'],
  ['with a password', 'https://user:SECRET@127.0.0.1:1/'],
  ['with a name', 'https://SECRET@127.0.0.1:1/'],
  ['that was mistyped', 'htps://chat.example.org/hooks/SECRET'],
])('the secret of a webhook %s stands in no log', async (_, url) => {
  const { run, said } = machine();
  expect(await run(url, { ...death, alarm_deadline: '3' })).toBeGreaterThan(0);
  expect(said.join('')).not.toBe('');
  expect(said.join('')).not.toContain('SECRET');
});

it('what a guest or a tool has named is told on one line, without control characters', async () => {
  const hostile = 'vm01\n.\nBcc: everybody@example.org\n\x1b[2J\u202e';
  const { run, inputs } = machine();
  await run('mail:root', { ...death, CRM_alert_rsc: hostile, CRM_alert_node: hostile });
  const [head = '', ...body] = inputs[0]?.split('\n\n') ?? [];
  expect(head.split('\n').filter((line) => /^(To|Bcc|Cc):/.test(line))).toEqual(['To: root']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(body.join('\n\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]|^\.$/m);
});

it('what is called with words of an unknown length tells no more than a thousand characters of each', async () => {
  const { run, inputs } = machine();
  await run('mail:root', { ...death, CRM_alert_rsc: 'x'.repeat(1 << 20) });
  expect(inputs[0]?.length).toBeLessThan(10_000);
});

it('a webhook is posted to, and one that refuses is tried again', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(bodies.length === 1 ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { run, calls } = machine({}, { clock: machineClock });
  expect(await run(`http://127.0.0.1:${port}/hook`, death)).toBe(0);
  expect(bodies).toHaveLength(2);
  expect(JSON.parse(bodies[1] ?? '')).toMatchObject({ kind: 'died', text: expect.stringContaining('vm01 has died') });
  expect(calls).toEqual([]);
});
