import { describe, expect, it } from 'vitest';
import { type XenBench, xenBench } from '../../../support/xen-agent.ts';

const controller = 'a6ce2f9c-afd9-403c-83a4-2ccc935b1433';
const operation = (node: string, name: string, transition: number, more = '') =>
  `<lrm_resource id="vm01"><lrm_rsc_op operation="${name}" on_node="${node}" transition-key="5:${transition}:0:${controller}" rc-code="0" op-status="0" last-rc-change="${transition}" ${more}/></lrm_resource>`;
const migration = operation('node1', 'migrate_to', 26, 'migrate_target="node2"');
const earlierStop = operation('node2', 'stop', 24);
const question = 'cibadmin --query --xpath /cib/status/node_state/lrm/lrm_resources/lrm_resource[@id="vm01"]';
const history = (...resources: string[]) => ({ stdout: `<xpath-query>${resources.join('')}</xpath-query>` });
const state = (online: boolean) => ({
  stdout: `<node_state id="2" uname="node2" in_ccm="${online}" crmd="${online ? 'online' : 'offline'}"/>`,
});
const list = (...rows: string[]) => ({
  stdout: `Name                                        ID   Mem VCPUs\tState\tTime(s)
Domain-0                                     0   900     1     r-----      31.3
${rows.map((row) => `${row}\n`).join('')}`,
});
const copy = 'vm01                                         7   128     1     -b----       0.4';
const here = { OCF_RESKEY_CRM_meta_on_node: 'node3' };

function bench({
  online = true,
  there,
}: {
  online?: boolean;
  there: ReturnType<typeof list> | { code: number; stderr: string };
}): XenBench {
  const made = xenBench();
  made.answers.set(question, history(migration, earlierStop));
  made.answers.set('cibadmin --query --no-children --xpath //node_state[@uname="node2"]', state(online));
  made.answers.set('ssh', there);
  return made;
}

const wasCreated = ({ calls }: XenBench) => calls.some((call) => call.startsWith('xl create'));

describe('a start after a migration whose target has told nothing since', () => {
  it('is refused when that node runs the VM, and tells how the cluster learns of it', async () => {
    const made = bench({ there: list(copy) });
    const { exit, reason } = await made.run('start', here);
    expect(exit).toBe(1);
    expect(reason).toBe(
      'vm01 runs on node2, brought there by a migration that the cluster forgot. Tell it: crm_resource --refresh --resource vm01',
    );
    expect(reason?.length).toBeLessThan(128);
    expect(wasCreated(made)).toBe(false);
  });

  it('is refused when that node does not tell', async () => {
    const made = bench({ there: { code: 255, stderr: 'ssh: connect to host node2 port 22: Connection refused\r\n' } });
    const { exit, reason } = await made.run('start', here);
    expect(exit).toBe(1);
    expect(reason).toContain('vm01 may run on node2, where it was to migrate from node1: ssh to node2 failed');
    expect(reason).toContain('Connection refused. Look at xl list on node2; should it be there, tell it: crm_resource');
    expect(wasCreated(made)).toBe(false);
  });

  it('goes on when that node says that there is no copy', async () => {
    const made = bench({ there: list() });
    expect((await made.run('start', here)).exit).toBe(0);
    expect(made.calls.some((call) => call.startsWith('ssh'))).toBe(true);
    expect(wasCreated(made)).toBe(true);
  });

  it('goes on when that node was fenced, without asking it', async () => {
    const made = bench({ online: false, there: list(copy) });
    expect((await made.run('start', here)).exit).toBe(0);
    expect(made.calls.some((call) => call.startsWith('ssh'))).toBe(false);
  });

  it('on that very node looks here alone', async () => {
    const made = bench({ there: list(copy) });
    expect((await made.run('start', { OCF_RESKEY_CRM_meta_on_node: 'node2' })).exit).toBe(0);
    expect(made.calls.some((call) => call.startsWith('ssh'))).toBe(false);
  });
});

describe('a start is refused where the cluster does not tell what it has done', () => {
  it.each([
    ['because it hangs', { outcome: 'timed-out' as const }, 'no answer in time'],
    ['because it fails', { code: 124, stderr: 'Timer expired\n' }, 'Timer expired'],
    ['because it prints without end', { outcome: 'flooded' as const }, 'more output than any answer has'],
    ['because it prints no XML', { stdout: 'segmentation fault' }, 'it printed something else than the history'],
    ['because it prints half of it', { stdout: '<lrm_resource id="vm01"><lrm_rsc_op ope' }, 'something else'],
    ['because it prints nothing', { stdout: '' }, 'it printed something else than the history'],
    ['because it prints another document', { stdout: '<status code="0"/>' }, 'something else than the history'],
  ])('%s', async (_, answer, words) => {
    const made = bench({ there: list() });
    made.answers.set(question, answer);
    const { exit, reason } = await made.run('start', here);
    expect(exit).toBe(1);
    expect(reason).toContain('vm01 is not started, it may run elsewhere: the cluster did not tell what it has done');
    expect(reason).toContain(words);
    expect(wasCreated(made)).toBe(false);
  });
});

describe('a start asks no other node', () => {
  it.each([
    ['after a migration whose target was stopped since', history(migration, operation('node2', 'stop', 27))],
    ['without any migration', history(earlierStop)],
    ['when it has never migrated to a node that may be there', { code: 105, stderr: 'No such device or address\n' }],
    ['where no cluster runs', { code: 102, stderr: 'Not connected\n' }],
    ['where no cluster is installed', { outcome: 'missing' as const }],
  ])('%s', async (_, answer) => {
    const made = bench({ there: list(copy) });
    made.answers.set(question, answer);
    expect((await made.run('start', here)).exit).toBe(0);
    expect(made.calls.some((call) => call.startsWith('ssh'))).toBe(false);
    expect(made.calls.filter((call) => call.startsWith('cibadmin'))).toHaveLength(1);
  });

  it('when it runs here already, and then not even the cluster', async () => {
    const made = bench({ there: list(copy) });
    made.add({});
    expect((await made.run('start', here)).exit).toBe(0);
    expect(made.calls.some((call) => /^(cibadmin|ssh)/.test(call))).toBe(false);
  });
});
