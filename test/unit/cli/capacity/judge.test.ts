import { expect, it } from 'vitest';
import { judge } from '../../../../cli/capacity/judge.ts';
import type { Simulation } from '../../../../lib/cluster/simulation.ts';

const simulation: Simulation = {
  places: new Map([
    ['vm01', ['node1']],
    ['vm02', []],
  ]),
  online: ['node1', 'node2', 'node3'],
  remaining: new Map([
    ['node1', { hv_memory: 100 }],
    ['node2', { hv_memory: 9000 }],
    ['node3', { hv_memory: 9000 }],
  ]),
  scores: new Map([['vm02', new Map([['node2', '-INFINITY']])]]),
};

it('says for each node why a VM does not run there', () => {
  const needs = { hv_memory: 512 };
  const vms = ['vm01', 'vm02'].map((id) => ({ id, needs }));
  const [node1, node2, node3] = judge(simulation, vms).homeless[0]?.reasons ?? [];
  expect(judge(simulation, vms)).toMatchObject({ runs: 1, homeless: [{ vm: 'vm02', needs }] });
  expect(node1).toBe('node1 has 100 of 512 hv_memory left');
  expect(node2).toBe('node2 may not run it (score -INFINITY)');
  expect(node3).toMatch(/^node3 could hold it/);
});
