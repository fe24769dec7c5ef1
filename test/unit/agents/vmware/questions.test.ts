import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FakeQuestion, movedQuestion, resumeQuestion } from '../../../support/fake-vmware.ts';
import { type VmwareBench, vmwareBench } from '../../../support/vmware-agent.ts';

const strange: FakeQuestion = {
  message: 'msg.strange',
  text: 'No bootable CD, floppy or hard disk was detected.',
  labels: ['OK', 'Retry'],
  goesOnWith: ['OK'],
};

/** The same question, with its answers in the order of another product. */
const movedOnServer1: FakeQuestion = {
  message: 'msg.uuid.moved',
  text: "The location of this virtual machine's configuration file has changed since it was last powered on.",
  labels: ['Create', 'Keep', 'Always Create', 'Always Keep'],
  goesOnWith: ['Create', 'Keep', 'Always Create', 'Always Keep'],
};

const suspended = (bench: VmwareBench) => {
  bench.powerOn();
  bench.processes.length = 0;
  bench.vm.power = 'suspended';
  bench.suspendFiles();
};

const stateFile = (bench: VmwareBench) => join(dirname(bench.vmxpath), 'vm.vmss');

describe.each(['vmware-cmd', 'vmware-vim-cmd'] as const)('with %s', (toolstack) => {
  it.each([
    [movedQuestion, 'keep', 'I _moved it'],
    [movedQuestion, 'create', 'I _copied it'],
    [{ ...movedQuestion, labels: [...movedQuestion.labels].reverse() }, 'keep', 'I _moved it'],
    [movedOnServer1, 'keep', 'Keep'],
    [movedOnServer1, 'create', 'Create'],
  ])('the question about the UUID is answered by its label (%#)', async (question, action, label) => {
    const bench = vmwareBench(toolstack);
    bench.vm.question = question;
    expect((await bench.run('start', { OCF_RESKEY_uuid_action: action })).exit).toBe(0);
    expect(bench.vm.answered).toEqual([label]);
  });

  it('another question fails the start with its text, and is answered by the rules of the operator', async () => {
    const bench = vmwareBench(toolstack);
    bench.vm.question = strange;
    const { exit, reason, ms } = await bench.run('start');
    expect([exit, bench.vm.answered]).toEqual([1, []]);
    expect(reason).toContain('No bootable CD, floppy or hard disk was detected.');
    expect(reason).toContain('(OK, Retry)');
    expect(ms).toBeLessThan(10_000);
    const env = { OCF_RESKEY_answer_questions: 'something=No; no bootable cd=ok' };
    expect((await bench.run('start', env)).exit).toBe(0);
    expect(bench.vm.answered).toEqual(['OK']);
  });

  it('a VM that comes to ask while it is watched is a failure, or goes on where the operator said how', async () => {
    const bench = vmwareBench(toolstack);
    Object.assign(bench.vm, { registered: true, pending: strange });
    const { exit, reason } = await bench.run('monitor');
    expect(exit).toBe(1);
    expect(reason).toContain('No bootable CD');
    expect((await bench.run('monitor', { OCF_RESKEY_answer_questions: 'msg.strange=default' })).exit).toBe(0);
  });

  it('a VM that does not resume keeps its state, and says why', async () => {
    const bench = vmwareBench(toolstack);
    suspended(bench);
    bench.vm.question = resumeQuestion;
    for (const env of [{}, { OCF_RESKEY_answer_questions: '*=default' }]) {
      const { exit, reason } = await bench.run('start', env);
      expect([exit, bench.vm.answered, existsSync(stateFile(bench))]).toEqual([1, [], true]);
      expect(reason).toContain('did not resume because of a correctable error');
      expect(reason).toContain('Start it on a node where it resumes');
    }
    expect((await bench.run('stop')).exit).toBe(0);
    expect([bench.vm.answered, bench.vm.power, existsSync(stateFile(bench))]).toEqual([
      ['Preserve'],
      'suspended',
      true,
    ]);
  });

  it('a state that does not resume is thrown away only where the operator said so', async () => {
    const bench = vmwareBench(toolstack);
    suspended(bench);
    bench.vm.question = resumeQuestion;
    expect((await bench.run('start', { OCF_RESKEY_resume_failure: 'discard' })).exit).toBe(0);
    expect(bench.vm.answered).toEqual(['Discard']);
  });

  it('a start that asks is called off by a stop', async () => {
    const bench = vmwareBench(toolstack);
    Object.assign(bench.vm, { registered: true, pending: movedQuestion });
    expect((await bench.run('stop')).exit).toBe(0);
    expect([bench.vm.answered, bench.vm.power]).toEqual([['Cancel'], 'off']);
  });

  it('a VM that asks something else is powered off by a stop', async () => {
    const bench = vmwareBench(toolstack);
    bench.vm.registered = true;
    bench.powerOn();
    bench.vm.pending = strange;
    expect((await bench.run('stop')).exit).toBe(0);
    expect([bench.vm.answered, bench.vm.power]).toEqual([[], 'off']);
  });

  it('a VM that asks and cannot be powered off loses its process in time', async () => {
    const bench = vmwareBench(toolstack);
    bench.vm.registered = true;
    bench.powerOn();
    bench.vm.pending = strange;
    bench.answers.set(`vmware-cmd ${bench.vmxpath} stop`, {
      code: 8,
      stderr: 'VMControl error -8: Invalid operation\n',
    });
    bench.answers.set('vmware-vim-cmd vmsvc/power.off', { stdout: 'Power off failed\n' });
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_CRM_meta_timeout: '600000' });
    expect([exit, bench.killed]).toEqual([0, [[4711, 'SIGKILL']]]);
    expect(ms).toBeLessThan(30_000);
  });

  it('a question that cannot be read is not waited for for ever', async () => {
    const bench = vmwareBench(toolstack);
    bench.vm.question = strange;
    bench.answers.set(`vmware-cmd ${bench.vmxpath} answer`, { stdout: 'What?\n' });
    bench.answers.set('vmware-vim-cmd vmsvc/message', { stdout: 'What?\n' });
    const { exit, reason, ms } = await bench.run('start');
    expect(exit).toBe(1);
    expect(reason).toContain('does not show');
    expect(ms).toBeLessThan(20_000);
  });
});

describe('with vmrun, which cannot answer', () => {
  it('a start that VMware cancels tells what VMware wrote into its log', async () => {
    const bench = vmwareBench('vmrun');
    suspended(bench);
    bench.vm.power = 'off';
    bench.vm.boots = false;
    writeFileSync(
      join(dirname(bench.vmxpath), 'vmware.log'),
      'vmx| I120: Msg_Question:\nvmx| I120: [msg.checkpoint.cpucheck.fail.hard] Resume on a machine with similar processors.\n',
    );
    const { exit, reason } = await bench.run('migrate_from');
    expect(exit).toBe(1);
    expect(reason).toContain('The operation was canceled (vmware.log: Resume on a machine with similar processors.)');
    expect(existsSync(stateFile(bench))).toBe(true);
  });

  it('a .vmx file that leaves the UUID open is warned of, and stays as it is', async () => {
    const bench = vmwareBench('vmrun');
    writeFileSync(bench.vmxpath, 'config.version = "8"\n');
    const { stderr } = await bench.run('start');
    expect(stderr).toContain('no uuid.action = "keep"');
    writeFileSync(bench.vmxpath, 'uuid.action = "create"\n');
    bench.vm.power = 'off';
    expect(readFileSync(bench.vmxpath, 'utf8')).toBe('uuid.action = "create"\n');
  });
});
