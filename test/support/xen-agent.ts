import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { xen as agent } from '../../agents/xen/agent.ts';
import { dispatch } from '../../lib/agent/dispatch.ts';
import { fakeClock } from './fake-clock.ts';
import { type FakeXen, fakeXen } from './fake-xen.ts';

/** The agent on a fake host. */
export interface XenBench extends FakeXen {
  readonly folder: string;
  readonly configFile: string;
  /** Lets time go by. */
  advance(ms: number): void;
  /** Runs an action and returns what Pacemaker sees of it. */
  run(action: string, env?: Record<string, string>): Promise<Outcome>;
}

export interface Outcome {
  readonly exit: number;
  /** The text of the `ocf-exit-reason` line; undefined without one. */
  readonly reason: string | undefined;
  readonly reasons: number;
  readonly stderr: string;
  /** Milliseconds that passed on the fake clock. */
  readonly ms: number;
  /** The exit code was there without the event loop. */
  readonly isAtOnce: boolean;
}

/** A fake host with the domain `vm01` configured and not running; the resource is `vm01` too. */
export function xenBench(config = 'name = "vm01"\nmemory = 128\n'): XenBench {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const configFile = join(folder, 'vm01.cfg');
  writeFileSync(configFile, config);
  const clock = fakeClock();
  const xen = fakeXen(clock);
  const run = async (action: string, env: Record<string, string> = {}): Promise<Outcome> => {
    let stderr = '';
    const from = clock.now();
    const timeout = Number(env['OCF_RESKEY_CRM_meta_timeout'] ?? 60_000);
    // Every action's clock begins at 0, as that of a fresh process does.
    const actionClock = { now: () => clock.now() - from, sleep: (ms: number) => clock.sleep(ms) };
    const answer = dispatch(agent, {
      args: [action],
      env: {
        OCF_RESOURCE_INSTANCE: 'vm01',
        OCF_RESKEY_xmfile: configFile,
        OCF_RESKEY_CRM_meta_timeout: String(timeout),
        ...(action === 'monitor' ? { OCF_RESKEY_CRM_meta_interval: '10000' } : {}),
        ...env,
      },
      runner: xen.runner,
      clock: actionClock,
      runFolder: join(folder, 'run'),
      logFolder: join(folder, 'log'),
      ownCommand: ['ocf-virt'],
      processes: () => xen.processes,
      isAlive: xen.isAlive,
      signal: (pid, signal) => {
        xen.killed.push([pid, signal]);
        const at = xen.processes.findIndex((process) => process.pid === pid);
        if (at >= 0) xen.processes.splice(at, 1);
        return at >= 0;
      },
      out: () => {},
      err: (text) => {
        stderr += text;
      },
    });
    const exit = await answer;
    const reasons = stderr.split('\n').filter((line) => line.startsWith('ocf-exit-reason:'));
    return {
      exit,
      reason: reasons[0]?.slice('ocf-exit-reason:'.length),
      reasons: reasons.length,
      stderr,
      ms: clock.now() - from,
      isAtOnce: !(answer instanceof Promise),
    };
  };
  return { ...xen, folder, configFile, advance: clock.advance, run };
}

/** The lasting `xl create` process of a domain. */
export const keeper = (configFile: string, name = 'vm01', pid = 100) => ({
  pid,
  parent: 1,
  args: ['/usr/lib/xen-4.17/bin/xl', 'create', configFile],
  output: `/var/log/xen/xl-${name}.log`,
});
