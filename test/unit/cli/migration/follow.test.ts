import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Tools } from '../../../../cli/command.ts';
import { type FollowedJourney, follow } from '../../../../cli/migration/follow.ts';
import { writeAnswer } from '../../../../lib/survey/answer.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const mon = (role: string, node: string) => `<pacemaker-result><resources>
  <resource id="vm01" resource_agent="ocf:virt:Xen" role="${role}" active="true" failed="false"><node name="${node}"/></resource>
  </resources></pacemaker-result>`;
const incoming = (memoryMiB: number) =>
  writeAnswer({ vms: { facts: { vms: [{ vm: 'dom01', state: 'incoming', memoryMiB }], toolstacks: [], names: {} } } });

// What follow looks at of a journey.
const journey = {
  vm: { id: 'vm01', hypervisor: 'xen' },
  from: 'node1',
  to: 'node2',
  domain: 'dom01',
  memoryMiB: 512,
} as FollowedJourney;

type Step = { mon: string; history?: string; idle?: boolean; copied?: number };

/** Follows through steps, each of which lasts for one look of crm_mon; the last one stays. */
async function through(steps: readonly Step[], { interruptAt = -1, wait = 600 } = {}) {
  const abort = new AbortController();
  const lines: string[] = [];
  const shown: string[] = [];
  let looks = 0;
  const step = () => steps[Math.min(Math.max(0, looks - 1), steps.length - 1)] as Step;
  // Time passes by the looks of crm_mon alone: what looks at the targets beside them would take all of it while a real import
  // keeps the other from its turn.
  const clock = fakeClock();
  const answer = (program: string): Partial<RunResult> | undefined => {
    if (program === 'crm_mon') {
      looks += 1;
      clock.advance(700);
      if (looks > interruptAt && interruptAt >= 0) abort.abort();
      return step().mon === '' ? { code: 102 } : { stdout: step().mon };
    }
    if (program === 'crm_resource') {
      // What is idle is so at the end of the last look.
      return looks >= steps.length && step().idle !== false ? { code: 0 } : { code: step().mon === '' ? 102 : 124 };
    }
    if (program === 'cibadmin') return { stdout: `<status>${step().history ?? ''}</status>` };
    if (program === 'crm_node') return { stdout: 'node3\n' };
    if (program === 'ssh') return { stdout: incoming(step().copied ?? 0) };
    return undefined;
  };
  // Everything takes a moment, so that what looks at the same time takes turns.
  const scripted = scriptedRunner(answer);
  const tools: Tools = {
    runner: {
      ...scripted,
      perform: async (program, args, deadline) => {
        await setImmediate();
        return await scripted.perform(program, args, deadline);
      },
    },
    clock: {
      ...clock,
      sleep: async () => setImmediate(),
    },
    ownCommand: ['ocf-virt'],
    interrupted: abort.signal,
    terminal: {
      width: 100,
      style: (_, text) => text,
      out: () => {},
      err: (text) => lines.push(text),
      progress: (all) => shown.push(...all),
    },
  };
  const { ending, lost } = await follow([journey], tools, wait);
  return { ending, lost, lines: lines.join(''), shown: shown.join('\n') };
}

const migrating: Step = { mon: mon('Migrating', 'node1'), copied: 128 };
const pending = `<node_state uname="node1"><lrm><lrm_resources><lrm_resource id="vm01">
  <lrm_rsc_op operation="migrate_to" operation_key="vm01_migrate_to_0" rc-code="193" op-status="-1" transition-key="t"/>
  </lrm_resource></lrm_resources></lrm></node_state>`;

describe('following a migration', () => {
  it('says what changes, shows the memory, and ends when the cluster has nothing left to do', async () => {
    const { ending, lines, shown } = await through([
      { mon: mon('Started', 'node1') },
      migrating,
      migrating,
      { ...migrating, copied: 512 },
      { ...migrating, copied: 512 },
      { mon: mon('Stopping', 'node1') },
      { mon: mon('Started', 'node2') },
    ]);
    expect(ending).toBe('idle');
    expect(lines).toBe(
      'vm01: migrates from node1 to node2\nvm01: its memory is on node2, what changed meanwhile follows\nvm01: runs on node2\n',
    );
    expect(shown).toMatch(/vm01 {2}node1 > node2 {2}\[#+-+\] {3}25 % {2}128\/512 MiB/);
  });

  it('an interruption ends it while nothing moves', async () => {
    const still: Step = { mon: mon('Started', 'node1'), idle: false };
    expect(await through([still], { interruptAt: 2 })).toMatchObject({ ending: 'interrupted', lines: '' });
  });

  it('an interruption lets a migration end that is under way, even one that crm_mon does not show yet', async () => {
    const hidden: Step = { mon: mon('Started', 'node1'), history: pending };
    const { ending, lines } = await through([hidden, hidden, migrating, { mon: mon('Started', 'node2') }], {
      interruptAt: 1,
    });
    expect(ending).toBe('idle');
    expect(lines).toContain('A migration is under way: it ends first');
    expect(lines.match(/under way/g)).toHaveLength(1);
  });

  it('a restart is told as what it is', async () => {
    const { lines } = await through([
      { mon: mon('Stopping', 'node1') },
      { mon: mon('Starting', 'node2') },
      { mon: mon('Started', 'node2') },
    ]);
    expect(lines).toBe('vm01: is being stopped on node1\nvm01: is being started on node2\nvm01: runs on node2\n');
  });

  it('tells of a node that leaves meanwhile, and goes on', async () => {
    const nodes = (online: boolean) => `<nodes><node name="node2" online="${online}" unclean="false"/></nodes>`;
    const seenWith = (step: Step, online: boolean) => ({
      ...step,
      mon: step.mon.replace('<resources>', `${nodes(online)}<resources>`),
    });
    const found = await through([
      seenWith(migrating, true),
      seenWith(migrating, false),
      { mon: mon('Started', 'node1') },
    ]);
    expect(found).toMatchObject({ ending: 'idle', lost: ['node2'] });
    expect(found.lines).toContain('node2 has left the cluster\n');
  });

  it('ends when its time is over, and when Pacemaker does not answer any more', async () => {
    const forever: Step = { ...migrating, idle: false };
    expect(await through([forever], { wait: 20 })).toMatchObject({ ending: 'late' });
    expect(await through([forever, { mon: '', idle: false }])).toMatchObject({ ending: 'silent' });
  });
});
