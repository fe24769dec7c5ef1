import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parsePlan, planFor } from '../../../../lib/cluster/plan.ts';
import { deadlineAt } from '../../../../lib/ocf/deadline.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const soon = deadlineAt(1e9, () => 0);
const plan = (actions: string) => `<pacemaker-result><actions>${actions}</actions></pacemaker-result>`;

it('a plan has where each resource goes, as crm_simulate says it', async () => {
  const xml = plan(`<rsc_action action="migrate" resource="vm01" source="node3" dest="node2"/>
    <rsc_action action="move" resource="vm02" source="node3" dest="node1"/>
    <rsc_action action="stop" resource="vm03" node="node1" reason="node availability"/>
    <rsc_action action="start" resource="vm04" node="node2"/>`);
  expect(await parsePlan(xml)).toEqual([
    { action: 'migrate', resource: 'vm01', from: 'node3', to: 'node2', reason: undefined },
    { action: 'move', resource: 'vm02', from: 'node3', to: 'node1', reason: undefined },
    { action: 'stop', resource: 'vm03', from: 'node1', to: undefined, reason: 'node availability' },
    { action: 'start', resource: 'vm04', from: undefined, to: 'node2', reason: undefined },
  ]);
  expect(await parsePlan('<pacemaker-result><status code="0"/></pacemaker-result>')).toEqual([]);
});

it('commands work one after the other on a copy of the configuration, and each begins where the last one ends', async () => {
  const files: string[] = [];
  const runner = scriptedRunner((program, args) => {
    if (program === 'cibadmin') return { stdout: '<cib/>' };
    const file = program === 'env' ? (args[0] ?? '').replace('CIB_file=', '') : (args[2] ?? '');
    files.push(file);
    // The copy is what cibadmin said; crm_simulate writes the end of each plan into it.
    if (files.length === 1) expect(readFileSync(file, 'utf8')).toBe('<cib/>');
    return { stdout: plan(`<rsc_action action="migrate" resource="vm0${files.length}" source="a" dest="b"/>`) };
  });
  const plans = await planFor(
    [
      ['crm_resource', '--move'],
      ['crm_resource', '--clear'],
    ],
    runner,
    soon,
  );
  expect(plans.map(([step]) => step?.resource)).toEqual(['vm02', 'vm04']);
  expect(new Set(files).size).toBe(1);
  expect(runner.calls.map(([program, , ...rest]) => [program, ...rest].join(' '))).toEqual([
    'cibadmin',
    'env crm_resource --move',
    expect.stringMatching(/^crm_simulate --xml-file .* --save-output .* --output-as=xml$/),
    'env crm_resource --clear',
    expect.stringMatching(/^crm_simulate /),
  ]);
  expect(() => readFileSync(files[0] ?? '')).toThrow('ENOENT');
});

it('a refused command is an error in its own words', async () => {
  const runner = scriptedRunner((program) =>
    program === 'env' ? { code: 105, stderr: 'crm_resource: no such node\n' } : { stdout: '<cib/>' },
  );
  await expect(planFor([['crm_resource', '--move']], runner, soon)).rejects.toThrow('crm_resource: no such node');
});
