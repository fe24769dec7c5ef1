import { describe, expect, it } from 'vitest';
import { differences, type NodeView, viewVms } from '../../../../cli/where/compare.ts';
import type { Belief } from '../../../../cli/where/vm-resources.ts';
import type { FoundVm } from '../../../../lib/hypervisor/found-vm.ts';

const vm = (name: string, state: FoundVm['state'] = 'running', more: Partial<FoundVm> = {}): FoundVm => ({
  toolstack: 'xl',
  vm: name,
  shown: name,
  state,
  inProgress: false,
  id: '7',
  ...more,
});
const xl = { name: 'xl', installed: true };
const node = (...vms: FoundVm[]): NodeView => ({ kind: 'answered', vms, toolstacks: [xl] });
const silent = (isKnownDown = false): NodeView => ({ kind: 'silent', why: 'no answer within 10 s', isKnownDown });
const started = (name: string, ...nodes: string[]): Belief => ({
  resource: name,
  hypervisor: 'xen',
  vm: name,
  role: nodes.length === 0 ? 'Stopped' : 'Started',
  nodes,
  pending: undefined,
});

function compare(nodes: Readonly<Record<string, NodeView>>, ...believed: Belief[]) {
  const all = new Map(Object.entries(nodes));
  return differences(viewVms(all, believed), all).map((one) => [one.kind, one.vm, one.nodes.join(' ')]);
}

describe('hypervisors and cluster', () => {
  it('agree on a VM that runs where the cluster says, and on one that is stopped', () => {
    expect(compare({ n1: node(vm('a')), n2: node() }, started('a', 'n1'), started('b'))).toEqual([]);
  });

  it('a VM on two nodes is the first of all that is said', () => {
    const nodes = { n1: node(vm('x'), vm('a')), n2: node(vm('a')), n3: silent() };
    expect(compare(nodes, started('a', 'n1'))).toEqual([
      ['runs twice', 'a', 'n1 n2'],
      ['not managed', 'x', 'n1'],
      ['node does not answer', undefined, 'n3'],
    ]);
  });

  it('a paused copy counts as a second one, because it may go on', () => {
    expect(compare({ n1: node(vm('a')), n2: node(vm('a', 'paused')) }, started('a', 'n1'))[0]?.[0]).toBe('runs twice');
  });

  it('a VM that nobody manages can run twice too', () => {
    const nodes = { n1: node(vm('a')), n2: node(vm('a')) };
    expect(compare(nodes).map(([kind]) => kind)).toEqual(['runs twice', 'not managed']);
  });

  it.each([
    ['stopped', []],
    ['on another node', ['n2']],
  ])('a VM runs where the cluster does not know, which takes it to be %s', (_, nodes) => {
    const found = compare({ n1: node(vm('a')), n2: node() }, started('a', ...nodes));
    expect(found[0]).toEqual(['runs, and the cluster does not know', 'a', 'n1']);
    expect(found).toHaveLength(1 + nodes.length);
  });

  it.each([
    ['nothing', []],
    ['a crashed one', [vm('a', 'crashed')]],
    ['a suspended one', [vm('a', 'suspending')]],
  ])('a VM that is "Started" does not run where there is %s of it', (_, vms) => {
    expect(compare({ n1: node(...vms) }, started('a', 'n1'))).toEqual([['does not run', 'a', 'n1']]);
  });

  it.each(['incoming', 'migrated-away', 'suspending', 'half-built', 'crashed', 'shutdown'] as const)(
    'a copy that is %s is left over beside the VM itself',
    (state) => {
      expect(compare({ n1: node(vm('a')), n2: node(vm('a', state)) }, started('a', 'n1'))).toEqual([
        ['left over', 'a', 'n2'],
      ]);
    },
  );

  it('a migration that goes on is no difference', () => {
    const nodes = {
      n1: node(vm('a', 'suspending', { inProgress: true })),
      n2: node(vm('a', 'incoming', { inProgress: true })),
    };
    expect(compare(nodes, started('a', 'n1'))).toEqual([]);
  });

  it('what the cluster is about to do is no difference', () => {
    expect(compare({ n1: node(), n2: node(vm('a')) }, { ...started('a', 'n1'), pending: 'Migrating' })).toEqual([]);
  });

  it('a domain without a name is nobody of those that are known', () => {
    const nodes = { n1: node(vm('', 'nameless', { id: '9' })), n2: node(vm('', 'nameless', { id: '9' })) };
    expect(compare(nodes)).toEqual([
      ['not managed', 'domain 9', 'n1'],
      ['not managed', 'domain 9', 'n2'],
    ]);
  });

  it('a VM on a node that does not answer is unknown, and neither running nor stopped', () => {
    const nodes = new Map<string, NodeView>([
      ['n1', silent()],
      ['n2', node()],
    ]);
    const views = viewVms(nodes, [started('a', 'n1')]);
    expect(views[0]?.places).toEqual([
      { node: 'n1', found: undefined, unknown: expect.objectContaining({ why: 'the node does not answer' }) },
    ]);
    expect(differences(views, nodes).map(({ kind }) => kind)).toEqual(['node does not answer']);
  });

  it('a toolstack that does not answer is a problem of its own, and its VMs are unknown', () => {
    const nodes = { n1: { ...node(), toolstacks: [{ ...xl, problem: 'xl list failed' }] } as NodeView };
    expect(compare(nodes, started('a', 'n1'))).toEqual([['toolstack does not answer', undefined, 'n1']]);
  });

  it('a VM that is "Started" on a node without its tools cannot be seen, which is said', () => {
    const nodes = { n1: { ...node(), toolstacks: [{ ...xl, installed: false }] } as NodeView };
    expect(compare(nodes, started('a', 'n1'))).toEqual([['toolstack does not answer', 'a', 'n1']]);
    expect(compare(nodes, started('a'))).toEqual([]);
  });

  it('a node that is off, as the cluster knows, is no difference', () => {
    expect(compare({ n1: node(vm('a')), n2: silent(true) }, started('a', 'n1'))).toEqual([]);
  });

  it('a VM of VMware is known by its file, and off is where it may be registered', () => {
    const path = '/vm/a b/a.vmx';
    const of = (state: FoundVm['state']) => vm(path, state, { toolstack: 'vmware-cmd', shown: 'A' });
    const answer = (one: FoundVm): NodeView => ({
      kind: 'answered',
      vms: [one],
      toolstacks: [
        { name: 'xl', installed: false },
        { name: 'vmware-cmd', installed: true },
      ],
    });
    const belief: Belief = { ...started('a', 'n1'), hypervisor: 'vmware', vm: path };
    expect(compare({ n1: answer(of('running')), n2: answer(of('off')) }, belief)).toEqual([]);
    expect(compare({ n1: answer(of('off')), n2: answer(of('off')) }, belief)).toEqual([['does not run', path, 'n1']]);
  });

  it('a VM of libvirt that none of the tools sees is no difference', () => {
    expect(compare({ n1: node() }, { ...started('a', 'n1'), hypervisor: 'libvirt' })).toEqual([]);
  });
});
