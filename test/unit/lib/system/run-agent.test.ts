import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processes } from '../../../../lib/system/process-table.ts';
import { runAgent } from '../../../../lib/system/run-agent.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-run-agent-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(script: string, more: { timeoutMs?: number; interrupted?: AbortSignal } = {}) {
  const file = join(folder, 'agent');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const lines: string[] = [];
  const result = await runAgent(file, ['monitor'], {
    env: { PATH: '/usr/bin:/bin', OCF_RESKEY_text: 'a "b" $(c)' },
    folder,
    timeoutMs: more.timeoutMs ?? 10_000,
    interrupted: more.interrupted ?? new AbortController().signal,
    onLine: (stream, line) => lines.push(`${stream}: ${line}`),
  });
  return { ...result, lines };
}

describe('an agent that is run', () => {
  it('gets the action, exactly this environment and no input; its words come line by line', async () => {
    const script = `echo "$1 $OCF_RESKEY_text"; echo "HOME=$HOME" >&2; read -r line || echo 'no input'; pwd; exit 7`;
    const { code, ended, stdout, stderr, lines } = await run(script);
    expect({ code, ended }).toEqual({ code: 7, ended: 'by itself' });
    expect(stdout).toEqual(['monitor a "b" $(c)', 'no input', folder]);
    expect(stderr).toEqual(['HOME=']);
    expect(lines).toContain('stderr: HOME=');
  });

  it('is killed with all that it has started when its time is over', async () => {
    const { code, ended } = await run('sleep 4711 & wait', { timeoutMs: 300 });
    expect({ code, ended }).toEqual({ code: undefined, ended: 'timed out' });
    expect(processes().filter(({ args }) => args.join(' ') === 'sleep 4711')).toEqual([]);
  });

  it('is killed by an interruption', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    expect(await run('sleep 4712', { interrupted: abort.signal })).toMatchObject({ ended: 'interrupted' });
  });

  it('does not wait for what it leaves behind with its output open', async () => {
    const { code, stdout } = await run('sleep 30 & echo $!; exit 0');
    expect(code).toBe(0);
    process.kill(Number(stdout[0]), 'SIGKILL');
  });

  it('that dies of a signal has no exit code', async () => {
    expect(await run('kill -9 $$')).toMatchObject({ code: undefined, ended: 'by a signal' });
  });

  it('that is not there is an error', async () => {
    const options = { env: {}, folder, timeoutMs: 1000, interrupted: new AbortController().signal, onLine: () => {} };
    await expect(runAgent(join(folder, 'absent'), [], options)).rejects.toThrow('ENOENT');
  });
});
