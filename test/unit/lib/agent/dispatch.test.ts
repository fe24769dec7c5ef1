import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ActionFunction, defineAgent } from '../../../../lib/agent/define.ts';
import { dispatch } from '../../../../lib/agent/dispatch.ts';
import type { Parameters } from '../../../../lib/agent/parameter.ts';
import { failed, OcfError } from '../../../../lib/ocf/error.ts';
import { exit } from '../../../../lib/ocf/exit.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const parameters = {
  file: { type: 'text', required: true, short: 'a file', long: 'A file.' },
  method: { type: 'choice', options: ['a', 'b'], default: 'a', short: 'how', long: 'How.' },
} as const satisfies Parameters;

type Action = ActionFunction<typeof parameters>;

/** Runs one action of a small agent and returns everything that is seen from outside. */
async function run(args: readonly string[], action: Action, env: Record<string, string> = {}) {
  const streams = { out: '', err: '' };
  const agent = defineAgent({
    name: 'Test',
    short: 'Tests',
    long: 'Tests.',
    parameters,
    actions: [
      { name: 'start', timeout: 40 },
      { name: 'meta-data', timeout: 5 },
    ],
    functions: { start: action, stop: action, monitor: action },
  });
  const code = await dispatch(agent, {
    args,
    env: { OCF_RESOURCE_INSTANCE: 'vm01', OCF_RESKEY_file: '/f', ...env },
    runner: scriptedRunner(() => undefined),
    clock: fakeClock(),
    runFolder: '/nonexistent',
    logFolder: '/nonexistent',
    ownCommand: ['ocf-virt'],
    processes: () => [],
    isAlive: () => false,
    signal: () => false,
    out: (text) => {
      streams.out += text;
    },
    err: (text) => {
      streams.err += text;
    },
  });
  const lines = streams.err.split('\n').filter((line) => line !== '');
  return { code, ...streams, lines, reasons: lines.filter((line) => line.startsWith('ocf-exit-reason:')) };
}

const succeed: Action = async () => exit.success;
const never: Action = () => {
  throw new Error('this action was not to run');
};
const fail =
  (error: unknown): Action =>
  async () => {
    throw error;
  };

describe('an action', () => {
  it('gives its own exit code and no exit reason', async () => {
    expect(await run(['monitor'], async () => exit.notRunning)).toMatchObject({ code: 7, out: '', err: '' });
  });

  it('is the first argument; all others are ignored', async () => {
    expect((await run(['start', 'stop', '--force', 'meta-data'], succeed)).code).toBe(0);
  });

  it('gets its parameters, and the time that Pacemaker gives it less a tenth', async () => {
    const seen: unknown[] = [];
    const look: Action = async ({ parameters, deadline, timeoutMs, environment }) => {
      seen.push(parameters, deadline.remaining(), timeoutMs, environment.action);
      return exit.success;
    };
    await run(['start'], look, { OCF_RESKEY_CRM_meta_timeout: '10000', OCF_RESKEY_method: 'b' });
    expect(seen).toEqual([{ file: '/f', method: 'b' }, 9000, 10_000, 'start']);
  });

  it.each([
    ['start', 40_000],
    ['stop', 20_000],
  ])('%s has %i ms outside Pacemaker: the advertised timeout, or 20 s', async (action, ms) => {
    let given = 0;
    await run([action], async ({ timeoutMs }) => {
      given = timeoutMs;
      return exit.success;
    });
    expect(given).toBe(ms);
  });
});

describe('what needs neither parameters nor an action', () => {
  it('meta-data goes to standard output', async () => {
    const { code, out, err } = await run(['meta-data'], never, { OCF_RESKEY_file: '' });
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('<resource-agent name="Test"');
  });

  it('meta-data is printed even for a caller of another version of the API', async () => {
    expect((await run(['meta-data'], never, { OCF_RA_VERSION_MAJOR: '9' })).code).toBe(0);
  });

  it.each(['usage', 'help', '--help', '-h'])('%s prints the usage to standard output', async (action) => {
    const { code, out, err } = await run([action], never);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^usage: Test \{start\|stop\|monitor\|meta-data\|usage\}/);
  });

  it('no argument prints the usage as an error', async () => {
    const { code, out, err } = await run([], never);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^usage: Test/);
  });
});

describe('an action that the agent does not have', () => {
  it.each(['promote', 'START', 'toString', '__proto__', 'constructor', 'hasOwnProperty', 'start ', '-x'])(
    '%j is answered with 3 and the names of those it has',
    async (action) => {
      const { code, reasons, lines, out } = await run([action], never);
      expect([code, out]).toEqual([3, '']);
      expect(reasons).toEqual([
        `ocf-exit-reason:vm01: action ${JSON.stringify(action)} is not implemented. Use one of start, stop, monitor`,
      ]);
      expect(lines).toHaveLength(1);
    },
  );
});

describe('an action that fails', () => {
  it.each(Object.values(exit).filter((code) => code !== 0))(
    'with exit code %i gives it, and exactly one reason with the remedy',
    async (code) => {
      const { reasons, lines, ...seen } = await run(['start'], fail(new OcfError(code, 'it broke', 'mend it')));
      expect(seen.code).toBe(code);
      expect(reasons).toEqual(['ocf-exit-reason:vm01: it broke. Mend it']);
      expect(lines).toHaveLength(1);
    },
  );

  it('with the words of a tool that end with a full stop has one full stop in its reason', async () => {
    const { reasons } = await run(['start'], fail(new OcfError(1, 'ssh: Host key verification failed.', 'mend it')));
    expect(reasons).toEqual(['ocf-exit-reason:vm01: ssh: Host key verification failed. Mend it']);
  });

  it('names the resource in its reason, whoever found the fault', async () => {
    const env = { OCF_RESOURCE_INSTANCE: 'vm01' };
    const reasonOf = async (text: string) =>
      (await run(['start'], fail(new OcfError(1, text, 'mend it')), env)).reasons;
    expect(await reasonOf('the cluster does not answer')).toEqual([
      'ocf-exit-reason:vm01: the cluster does not answer. Mend it',
    ]);
    expect(await reasonOf('vm01 is lost')).toEqual(['ocf-exit-reason:vm01 is lost. Mend it']);
  });

  it('begins its reason with the prefix that Pacemaker wants', async () => {
    const { err } = await run(['start'], fail(failed('it broke', 'mend it')), { OCF_EXIT_REASON_PREFIX: 'why=' });
    expect(err).toBe('why=vm01: it broke. Mend it\n');
  });

  it('by a mistake in the agent gives 1 and asks for a report, with the place in the log', async () => {
    const { code, reasons, lines } = await run(['start'], fail(new TypeError('x is not a function')));
    expect(code).toBe(1);
    expect(reasons).toEqual([
      'ocf-exit-reason:vm01: internal error: x is not a function. Please report it with the log',
    ]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^WARNING: TypeError: x is not a function +at /);
  });

  it.each([undefined, null, 'text', 7, {}])('by throwing %j gives 1 and one reason', async (thrown) => {
    const { code, reasons } = await run(['start'], fail(thrown));
    expect(code).toBe(1);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^ocf-exit-reason:vm01: internal error: .+ Please report it with the log$/);
  });

  it('before its promise is made is treated alike', async () => {
    const { code, reasons } = await run(['start'], never);
    expect([code, reasons.length]).toEqual([1, 1]);
  });
});

it('Pacemaker can cut a reason without splitting a character', async () => {
  const { reasons } = await run(['start'], fail(failed(`vm01 ${'x'.repeat(122)}ü`, 'mend it')));
  expect(reasons).toEqual([`ocf-exit-reason:vm01 ${'x'.repeat(122)}??. Mend it`]);
});

it('no text of an error can forge another line or hold control characters', async () => {
  const nasty = fc.array(
    fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\r',
      '\0',
      '\x1b[2J',
      '\x7f',
      '\x9b',
      '\u2028',
      '\u0085',
      'ocf-exit-reason:forged',
    ),
  );
  await fc.assert(
    fc.asyncProperty(nasty, nasty, fc.boolean(), async (message, remedy, known) => {
      const [what, todo] = [message.join(''), remedy.join('')];
      const { err, reasons } = await run(['start'], fail(known ? failed(what, todo) : new Error(what)));
      expect(reasons).toHaveLength(1);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(err.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
      expect(err.endsWith('\n')).toBe(true);
    }),
  );
});

it.each([' ', '. ', 'x ', 'ä'])('a megabyte of %j in the words of a tool still leaves what to do', async (part) => {
  const { reasons } = await run(['start'], fail(failed(`vm01 failed: ${part.repeat(1 << 20)}`, 'look at the log')));
  expect(reasons).toHaveLength(1);
  expect(reasons[0]).toMatch(/\. Look at the log$/);
  expect(reasons[0]?.length).toBeLessThan(1200);
});

describe('a bad parameter', () => {
  it.each(['start', 'monitor'])('makes %s exit with 6 before anything is done', async (action) => {
    const { code, lines } = await run([action], never, { OCF_RESKEY_method: 'explode' });
    expect(code).toBe(6);
    expect(lines).toEqual(['ocf-exit-reason:vm01: method is "explode". Use one of a, b']);
  });

  it('does not make a stop fail: the default is used, and a warning says so', async () => {
    let method = '';
    const stop: Action = async ({ parameters }) => {
      method = parameters.method;
      return exit.success;
    };
    const { code, lines } = await run(['stop'], stop, { OCF_RESKEY_method: 'explode' });
    expect([code, method]).toEqual([0, 'a']);
    expect(lines).toEqual(['WARNING: vm01: method is "explode", the default is used to stop: use one of a, b']);
  });

  it('that is required does not make a stop fail either: its probes fail on every node, so every node would be fenced', async () => {
    const { code, lines } = await run(['stop'], async () => exit.success, { OCF_RESKEY_file: '' });
    expect(code).toBe(0);
    expect(lines).toEqual(['WARNING: vm01: file is not set, the stop goes on without it: set file: a file']);
  });

  it.each(['start', 'monitor'])('that is required makes %s exit with 6', async (action) => {
    const { code, lines } = await run([action], never, { OCF_RESKEY_file: '' });
    expect(code).toBe(6);
    expect(lines).toEqual(['ocf-exit-reason:vm01: file is not set. Set file: a file']);
  });

  it('with line ends in it stays on one line', async () => {
    const { lines } = await run(['start'], never, { OCF_RESKEY_method: 'x\nocf-exit-reason:forged' });
    expect(lines).toHaveLength(1);
  });
});

it('a caller of another major version of the API gets 1 and a reason', async () => {
  const { code, reasons } = await run(['start'], never, { OCF_RA_VERSION_MAJOR: '2' });
  expect(code).toBe(1);
  expect(reasons[0]).toContain('OCF_RA_VERSION_MAJOR is 2');
});
