import { describe, expect, it } from 'vitest';
import type { Tools } from '../../../../cli/command.ts';
import { migratingNow, planObstacles } from '../../../../cli/migration/obstacles.ts';
import { preflight } from '../../../../cli/migration/preflight.ts';
import { vmNamed, vmsOf } from '../../../../cli/migration/vm.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';
import type { PlannedStep } from '../../../../lib/cluster/plan.ts';
import { parseStatus } from '../../../../lib/cluster/status.ts';
import { writeAnswer } from '../../../../lib/survey/answer.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const primitive = (id: string, meta = '') => `<primitive id="${id}" class="ocf" provider="virt" type="Xen">
  <instance_attributes id="i-${id}"><nvpair id="x-${id}" name="xmfile" value="/etc/xen/${id}.cfg"/>
  <nvpair id="a-${id}" name="node_ip_attribute" value="ip_livemigration"/></instance_attributes>
  <meta_attributes id="m-${id}">${meta}</meta_attributes></primitive>`;
const address = (value: string) =>
  `<instance_attributes id="n"><nvpair id="ip" name="ip_livemigration" value="${value}"/></instance_attributes>`;

const cibOf = ({ ip = '10.0.1.2', meta = '', constraints = '' } = {}) =>
  parseCib(`<cib><configuration><nodes><node id="1" uname="node1"/><node id="2" uname="node2">${ip === '' ? '' : address(ip)}</node></nodes>
    <resources>${primitive('vm01', meta)}${primitive('vm02')}<primitive id="fs" class="ocf" provider="heartbeat" type="Filesystem"/></resources>
    <constraints>${constraints}</constraints></configuration></cib>`);
const status = await parseStatus(`<pacemaker-result><nodes><node name="node1" online="true" unclean="false"/>
  <node name="node2" online="true" unclean="false"/><node name="node3" online="false" unclean="false"/></nodes><resources>
  ${['vm01', 'vm02'].map((id) => `<resource id="${id}" resource_agent="ocf:virt:Xen" role="Started" active="true"><node name="node1"/></resource>`).join('')}
  </resources></pacemaker-result>`);

const config = (id: string, more: object = {}) => ({
  ...{ kind: 'read', file: `/etc/xen/${id}.cfg`, digest: 'abc', name: `${id}-dom`, memoryMiB: 600, vcpus: 1 },
  ...{ storage: [], bridges: [], ...more },
});
const domain = (vm: string, memoryMiB: number) => ({ toolstack: 'xl', vm, shown: vm, state: 'running', memoryMiB });
const names = { '/etc/xen/vm01.cfg': 'vm01-dom', '/etc/xen/vm02.cfg': 'vm02-dom' };

interface Answers {
  readonly hypervisor?: object;
  readonly configs?: readonly object[];
  readonly node2?: Partial<RunResult>;
  readonly ssh?: Partial<RunResult>;
  readonly cib?: Parameters<typeof cibOf>[0];
}

/** What the preflight says when vm01 and vm02 are to go from node1 to node2, seen from node3. */
async function look(answers: Answers = {}) {
  const hypervisor = { kind: 'xen', version: '4.17', totalMiB: 4096, freeMiB: 2000, dom0MiB: 900 };
  const sections = (configs: readonly object[], vms: readonly object[], own: object) =>
    writeAnswer({
      host: { facts: { hypervisor: own } },
      vmConfigs: { facts: configs },
      vms: { facts: { vms, toolstacks: [], names, realPaths: {} } },
    });
  const both = [config('vm01'), config('vm02')];
  const runner = scriptedRunner((program, args) => {
    if (program === 'crm_node') return { stdout: 'node3\n' };
    if (program !== 'ssh') return undefined;
    const command = args.at(-1) ?? '';
    if (!command.startsWith('ocf-virt')) return answers.ssh ?? {};
    const node1 = [domain('vm01-dom', 512), domain('vm02-dom', 600)];
    if (args.at(-2) === 'node1') return { stdout: sections(both, node1, hypervisor) };
    return { stdout: sections(answers.configs ?? both, [], answers.hypervisor ?? hypervisor), ...answers.node2 };
  });
  const tools: Tools = {
    runner,
    clock: fakeClock(),
    ownCommand: ['ocf-virt'],
    interrupted: new AbortController().signal,
    terminal: { width: 80, style: (_, text) => text, out: () => {}, err: () => {}, progress: () => {} },
  };
  const cib = await cibOf(answers.cib);
  const journeys = vmsOf(cib, status).map((vm) => ({ vm, from: 'node1', to: 'node2' }));
  const found = await preflight(journeys, cib, tools, 10);
  return { ...found, calls: runner.calls, what: found.obstacles.map(({ what }) => what) };
}

describe('the look at a target before a migration', () => {
  it('finds nothing where all is well, and tells what each VM has', async () => {
    const { what, memoryMiB, domains, calls } = await look();
    expect(what).toEqual([]);
    expect([...memoryMiB]).toEqual([
      ['vm01', 512],
      ['vm02', 600],
    ]);
    expect([...domains.values()]).toEqual(['vm01-dom', 'vm02-dom']);
    // The way of the migration is tried from the node that the VMs leave, once for both.
    const ways = calls.filter((call) => call.at(-1)?.startsWith('ssh '));
    expect(ways.map((call) => call.at(-2))).toEqual(['node1']);
    expect(ways[0]?.at(-1)).toMatch(/BatchMode=yes .*10\.0\.1\.2 'xl list'$/);
  });

  it('adds up what all VMs need that go to one node', async () => {
    const hypervisor = { kind: 'xen', version: '4.17', totalMiB: 4096, freeMiB: 1000, dom0MiB: 900 };
    expect((await look({ hypervisor })).what).toEqual([
      'node2 has too little memory: vm01, vm02 need 1112 MiB, and 1000 MiB are free',
    ]);
  });

  it.each<[string, Answers]>([
    [
      'node2 does not tell whether it can take a VM: ssh: connect failed',
      { node2: { code: 255, stdout: '', stderr: 'ssh: connect failed\n' } },
    ],
    ['node2 has no hypervisor that answers: xl info: x', { hypervisor: { kind: 'silent', problem: 'xl info: x' } }],
    ['node2 has no hypervisor that answers: no hypervisor is installed there', { hypervisor: { kind: 'none' } }],
    [
      'node2 cannot read the configuration of vm01: /etc/xen/vm01.cfg: ENOENT',
      { configs: [{ kind: 'unusable', file: '/etc/xen/vm01.cfg', why: 'ENOENT' }] },
    ],
    [
      'the configuration of vm02, /etc/xen/vm02.cfg, is not the same on node1 and node2',
      { configs: [config('vm02', { digest: 'x' })] },
    ],
    [
      'node2 does not have the disk /dev/vg/a of vm01',
      { configs: [config('vm01', { storage: [{ path: '/dev/vg/a', use: 'disk', state: 'absent' }] })] },
    ],
    [
      'node2 gets no answer from the disk /nfs/a of vm01',
      { configs: [config('vm01', { storage: [{ path: '/nfs/a', use: 'disk', state: 'unanswered' }] })] },
    ],
    [
      'node2 has no bridge br0, which vm01 needs',
      { configs: [config('vm01', { bridges: [{ name: 'br0', present: false }] })] },
    ],
    ['node2 has no attribute ip_livemigration', { cib: { ip: '' } }],
    ['the attribute ip_livemigration of node2 is "$(reboot)", which is no address', { cib: { ip: '$(reboot)' } }],
    [
      'node1 does not reach node2 over its migration address 10.0.1.2: Host key verification failed.',
      { ssh: { code: 255, stderr: 'Host key verification failed.\n' } },
    ],
  ])('names "%s", with a remedy', async (expected, answers) => {
    const { what, obstacles, calls } = await look(answers);
    expect(what).toEqual([expected]);
    expect(obstacles[0]?.remedy).not.toBe('');
    expect(JSON.stringify(calls)).not.toContain('$(reboot)');
  });

  it('takes a logical volume that is not active yet, and a disk of a driver domain, for no obstacle', async () => {
    const storage = ['inactive', 'foreign', 'present'].map((state) => ({ path: `/${state}`, use: 'disk', state }));
    expect((await look({ configs: [config('vm01', { storage })] })).what).toEqual([]);
  });
});

describe('what the plan of the cluster says', () => {
  const step = (more: Partial<PlannedStep>): PlannedStep => ({
    ...{ action: 'migrate', resource: 'vm01', from: 'node1', to: 'node2', reason: undefined, ...more },
  });
  const ban = '<rsc_location id="loc" rsc="vm01" node="node2" score="-INFINITY"/>';

  it.each([
    ['', [step({})], undefined],
    [
      '',
      [step({ action: 'move' })],
      'would be restarted on node2 instead of migrated live, because allow-migrate is not true',
    ],
    [
      ban,
      [step({ action: 'stop', to: undefined })],
      'would be stopped, because no other node may run it (constraint loc keeps it away from node2; node3 is not online)',
    ],
    [ban, [], 'would stay on node1 (constraint loc keeps it away from node2; node3 is not online)'],
    ['', [step({ resource: 'vm02' })], 'would stay on node1 (node3 is not online)'],
  ] as const)('constraint "%s", %j: %s', async (constraints, plan, words) => {
    const cib = await cibOf({ constraints });
    const found = planObstacles(vmNamed('vm01', cib, status), 'node1', plan, cib, status);
    expect(found.map(({ what }) => what)).toEqual(words === undefined ? [] : [`vm01 ${words}`]);
  });

  it('does not blame allow-migrate where it is set', async () => {
    const cib = await cibOf({ meta: '<nvpair id="am" name="allow-migrate" value="true"/>' });
    const [found] = planObstacles(vmNamed('vm01', cib, status), 'node1', [step({ action: 'move' })], cib, status);
    expect(found?.what).toBe('vm01 would be restarted on node2 instead of migrated live');
  });

  it('a node where the VM has failed to start is named, with what lets it be tried again', async () => {
    const cib = await cibOf({});
    const failures = [{ operation: 'vm01_start_0', node: 'node2', code: 5, reason: 'no xmfile' }];
    const vm = vmNamed('vm01', cib, status);
    const [found] = planObstacles(vm, 'node1', [], cib, { ...status, failures });
    expect(found?.what).toBe('vm01 would stay on node1 (node3 is not online; it failed on node2)');
    expect(found?.remedy).toContain('crm resource refresh vm01');
    const [other] = planObstacles(vm, 'node1', [], cib, {
      ...status,
      failures: [{ operation: 'vm01_start_0', node: 'node1', code: 1, reason: '' }],
    });
    expect(other?.what).toBe('vm01 would stay on node1 (node3 is not online)');
  });

  it('a VM that migrates now is not told to go elsewhere', async () => {
    const [vm01, vm02] = status.resources;
    if (vm01 === undefined || vm02 === undefined) throw new Error('not parsed');
    const moving = { ...status, resources: [{ ...vm01, role: 'Migrating' }, vm02] };
    const vms = vmsOf(await cibOf(), moving);
    expect(migratingNow(vms, moving).map(({ vm }) => vm)).toEqual(['vm01']);
    expect(migratingNow(vms, status)).toEqual([]);
  });

  it('a name that is no VM is told apart from one that is nothing', async () => {
    const cib = await cibOf();
    expect(() => vmNamed('fs', cib, status)).toThrow('fs is no VM but of ocf:heartbeat:Filesystem');
    expect(() => vmNamed('vm09', cib, status)).toThrow('has no resource "vm09"');
  });
});
