import { describe, expect, it } from 'vitest';
import {
  clusterNodes,
  fencingOf,
  fencings,
  isMember,
  parseFencing,
  parseNodes,
} from '../../../../lib/cluster/node-fate.ts';
import { deadlineAt } from '../../../../lib/ocf/deadline.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const soon = deadlineAt(1e9, () => 0);
const result = (content: string) => `<pacemaker-result api-version="2.25">${content}</pacemaker-result>`;

describe('the nodes of a cluster', () => {
  it('are read from crm_mon of Pacemaker 2.1', async () => {
    const xml = result(`<nodes>
    <node name="node1" id="1" online="true" standby="false" unclean="false" shutdown="false" expected_up="true" is_dc="false" type="member"/>
    <node name="node2" id="2" online="false" standby="false" unclean="false" shutdown="false" expected_up="false" is_dc="false" type="member"/>
  </nodes>`);
    const runner = scriptedRunner((program) => (program === 'crm_mon' ? { stdout: xml } : undefined));
    expect(await clusterNodes(runner, soon)).toEqual([
      { name: 'node1', online: true, unclean: false, expectedUp: true },
      { name: 'node2', online: false, unclean: false, expectedUp: false },
    ]);
  });

  it('are taken to be alive where an attribute is missing', async () => {
    expect(await parseNodes(result('<nodes><node name="n"/></nodes>'))).toEqual([
      { name: 'n', online: true, unclean: true, expectedUp: true },
    ]);
    expect(await parseNodes(result('<nodes/>'))).toEqual([]);
  });

  it('are not told when Pacemaker does not run', async () => {
    const runner = scriptedRunner(() => ({ code: 102, stderr: 'Not connected\n' }));
    await expect(clusterNodes(runner, soon)).rejects.toThrow('Not connected');
    await expect(fencingOf(runner, 'node2', soon)).rejects.toThrow('stonith_admin');
  });
});

describe('a node', () => {
  const asked = (attributes: string) =>
    isMember(
      scriptedRunner((program) => (program === 'cibadmin' ? { stdout: `<node_state ${attributes}/>\n` } : undefined)),
      ...(['node2', soon] as const),
    );

  it('is a member while the cluster and its controller hear it', async () => {
    expect(await asked('id="2" uname="node2" in_ccm="true" crmd="online" join="member"')).toBe(true);
    expect(await asked('id="2" uname="node2" in_ccm="false" crmd="offline" join="down"')).toBe(false);
    // Pacemaker was stopped there, corosync was not.
    expect(await asked('id="2" uname="node2" in_ccm="true" crmd="offline" join="down"')).toBe(false);
  });

  it('is a member as Pacemaker since 2.1.7 writes it, by times', async () => {
    expect(await asked('uname="node2" in_ccm="1763800000" crmd="1763800001"')).toBe(true);
    expect(await asked('uname="node2" in_ccm="1763800000" crmd="0"')).toBe(false);
    expect(await asked('uname="node2" in_ccm="0" crmd="0"')).toBe(false);
  });

  it('that is remote is a member without a controller', async () => {
    expect(await asked('remote_node="true" id="node2" uname="node2" in_ccm="true" node_fenced="0"')).toBe(true);
    expect(await asked('remote_node="true" id="node2" uname="node2" in_ccm="false" node_fenced="1"')).toBe(false);
  });

  it('of which nothing is known is no member', async () => {
    const runner = scriptedRunner(() => ({
      code: 105,
      stderr: 'Call cib_query failed (-6): No such device or address',
    }));
    expect(await isMember(runner, 'node2', soon)).toBe(false);
  });

  it('is not judged when Pacemaker does not answer', async () => {
    const runner = scriptedRunner(() => ({ code: 102, stderr: 'Not connected\n' }));
    await expect(isMember(runner, 'node2', soon)).rejects.toThrow('cibadmin: Not connected');
  });
});

describe('the fencing history', () => {
  const event = (attributes: string) => `<fence_event target="node2" client="c" origin="node1" ${attributes}/>`;
  const history = (...events: string[]) =>
    result(`<list name="fencing history" count="${events.length}">${events.join('')}</list>`);

  it('is read as stonith_admin of Pacemaker 2.1.5 prints it', async () => {
    const xml = `<pacemaker-result api-version="2.25" request="stonith_admin --history=node2 --verbose --output-as=xml">
  <list name="fencing history" count="1">
    <fence_event action="reboot" target="node2" client="pacemaker-controld.96" origin="node3" status="success" delegate="node1" completed="2026-11-21 09:28:56Z"/>
  </list>
  <status code="0" message="OK"/>
</pacemaker-result>
`;
    const runner = scriptedRunner((program) => (program === 'stonith_admin' ? { stdout: xml } : undefined));
    expect(await fencingOf(runner, 'node2', soon)).toEqual({
      lastMs: Date.parse('2026-11-21T09:28:56Z'),
      pending: false,
    });
  });

  it('is asked for in full: otherwise Pacemaker 2.1.5 tells the first fencing alone', async () => {
    const runner = scriptedRunner(() => ({ stdout: history() }));
    await fencingOf(runner, 'node2', soon);
    await fencings(runner, soon);
    expect(runner.calls).toEqual([
      ['stonith_admin', '--history=node2', '--verbose', '--output-as=xml'],
      ['stonith_admin', '--history=*', '--verbose', '--output-as=xml'],
    ]);
  });

  it('has every fencing with success of every node', async () => {
    const xml = history(
      event('status="success" action="reboot" completed="2026-11-21 01:00:00Z"'),
      event('status="failed" action="off" completed="2026-11-21 02:00:00Z"'),
      event('status="success" action="off" completed="2026-11-21 03:00:00Z"').replace('node2', 'node3'),
    );
    expect(
      await fencings(
        scriptedRunner(() => ({ stdout: xml })),
        soon,
      ),
    ).toEqual([
      { node: 'node2', timeMs: Date.parse('2026-11-21T01:00:00Z') },
      { node: 'node3', timeMs: Date.parse('2026-11-21T03:00:00Z') },
    ]);
  });

  it.each([
    ['2026-11-21 07:12:49Z', '2026-11-21T07:12:49Z'],
    ['2026-11-21 07:12:49.123456Z', '2026-11-21T07:12:49.123Z'],
    ['2026-11-21 08:12:49 +01:00', '2026-11-21T07:12:49Z'],
    ['2026-11-21 08:12:49.5+01:00', '2026-11-21T07:12:49.500Z'],
  ])('has times such as %s', async (text, iso) => {
    const xml = history(event(`status="success" action="off" completed="${text}"`));
    expect((await parseFencing(xml, 'node2')).lastMs).toBe(Date.parse(iso));
  });

  it('counts the last success that took the node down', async () => {
    const xml = history(
      event('status="success" action="reboot" completed="2026-11-21 01:00:00Z"'),
      event('status="success" action="off" completed="2026-11-21 02:00:00Z"'),
      event('status="failed" action="off" completed="2026-11-21 03:00:00Z"'),
      event('status="success" action="on" completed="2026-11-21 04:00:00Z"'),
      event('status="success" action="off" completed="some day"'),
    );
    expect(await parseFencing(xml, 'node2')).toEqual({ lastMs: Date.parse('2026-11-21T02:00:00Z'), pending: false });
    expect(await parseFencing(xml, 'node3')).toEqual({ lastMs: undefined, pending: false });
    const pending = history(event('status="pending" action="off"'));
    expect(await parseFencing(pending, 'node2')).toEqual({ lastMs: undefined, pending: true });
  });
});
