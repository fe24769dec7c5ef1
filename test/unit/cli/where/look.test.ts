import { describe, expect, it } from 'vitest';
import { whereCommand } from '../../../../cli/commands/where.ts';
import { writeAnswer } from '../../../../lib/survey/answer.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { operatorTools } from '../../../support/operator.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const cib = `<cib><configuration><nodes><node id="1" uname="node1"/><node id="2" uname="node2"/></nodes><resources>
  <primitive id="vm01" class="ocf" provider="virt" type="Xen"><instance_attributes id="i"><nvpair id="n" name="xmfile" value="/etc/xen/vm01.cfg"/></instance_attributes></primitive>
  </resources></configuration></cib>`;
const status = `<pacemaker-result><nodes><node name="node1" online="true" unclean="false"/><node name="node2" online="true" unclean="false"/></nodes>
  <resources><resource id="vm01" resource_agent="ocf:virt:Xen" role="Started" active="true"><node name="node1"/></resource></resources></pacemaker-result>`;

const vm = { toolstack: 'xl', vm: 'vm01', shown: 'vm01', state: 'running', inProgress: false, id: '1' };
const answer = (...vms: readonly object[]) =>
  writeAnswer({ vms: { facts: { vms, toolstacks: [{ name: 'xl', installed: true }], names: {}, realPaths: {} } } });

/** Runs `ocf-virt where` on node1; the nodes answer what `says` has for each time that they are asked. */
async function where(
  says: Readonly<Record<string, readonly Partial<RunResult>[]>>,
  options: { readonly node?: string[]; readonly cluster?: Partial<RunResult> } = {},
) {
  const asked = new Map<string, number>();
  const say = (node: string) => {
    const times = asked.get(node) ?? 0;
    asked.set(node, times + 1);
    return says[node]?.[times];
  };
  const runner = scriptedRunner((program, args) => {
    if (program === 'cibadmin') return options.cluster ?? { stdout: cib };
    if (program === 'crm_mon') return options.cluster ?? { stdout: status };
    if (program === 'crm_node') return { stdout: 'node1\n' };
    return say(program === 'ssh' ? (args.at(-2) ?? '') : 'node1');
  });
  const args = { vm: undefined, node: options.node, json: false, timeout: 10 };
  return await whereCommand.run(args, operatorTools(runner));
}

describe('where everything runs', () => {
  it('a VM that is seen on two nodes while it migrates is looked at once more', async () => {
    const { exit, text } = await where({
      node1: [{ stdout: answer(vm) }, { stdout: answer(vm) }],
      node2: [{ stdout: answer(vm) }, { stdout: answer() }],
    });
    expect([exit, text]).toEqual([0, expect.not.stringContaining('RUNS TWICE')]);
  });

  it('a VM that both looks show on two nodes runs twice', async () => {
    const twice = [{ stdout: answer(vm) }, { stdout: answer(vm) }];
    const { exit, text } = await where({ node1: twice, node2: twice });
    expect([exit, text]).toEqual([
      1,
      expect.stringContaining('RUNS TWICE: vm01 runs twice: on node1 (running) and node2'),
    ]);
  });

  it('a node that no longer answers the second look keeps what it said first', async () => {
    const { text } = await where({
      node1: [{ stdout: answer(vm) }, { stdout: answer(vm) }],
      node2: [{ stdout: answer(vm) }, { outcome: 'timed-out' }],
    });
    expect(text).toContain('RUNS TWICE');
  });

  it('the hypervisors are asked without the cluster when the nodes are named', async () => {
    const cluster = { code: 102, stderr: 'cibadmin: Connection refused\n' };
    await expect(where({}, { cluster })).rejects.toThrow('Connection refused');
    const { exit, text } = await where({ node2: [{ stdout: answer(vm) }] }, { cluster, node: ['node2'] });
    expect([exit, text]).toEqual([1, expect.stringMatching(/^vm01 +node2 +running /m)]);
    expect(text).toContain('The cluster is not asked');
  });
});
