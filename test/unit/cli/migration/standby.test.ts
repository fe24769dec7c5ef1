import { expect, it } from 'vitest';
import { enterStandby, leaveStandby, restoreStandby, standbyOf } from '../../../../cli/migration/standby.ts';
import type { CibNode } from '../../../../lib/cluster/cib.ts';

const node = (attributes: CibNode['attributes'], transient: CibNode['transient'] = {}): CibNode => ({
  id: '1',
  name: 'node1',
  type: 'member',
  attributes,
  transient,
  utilization: {},
});
const words = ({ command }: { command: readonly string[] }) => command.join(' ');

it('a standby is permanent, until the next start, or both', () => {
  expect(standbyOf(node({}))).toEqual({ permanent: false, transient: false });
  expect(standbyOf(node({ standby: 'off' }))).toEqual({ permanent: false, transient: false });
  expect(standbyOf(node({ standby: 'TRUE' }, { standby: 'on' }))).toEqual({ permanent: true, transient: true });
});

it('what was there before comes back: an attribute, or none', () => {
  expect(words(enterStandby('node1'))).toBe('crm_attribute --type nodes --node node1 --name standby --update on');
  expect(words(restoreStandby(node({})))).toBe('crm_attribute --type nodes --node node1 --name standby --delete');
  expect(words(restoreStandby(node({ standby: 'off' })))).toMatch(/--update off$/);
});

it('the standby that there is ends, of whichever kind', () => {
  expect(leaveStandby(node({ standby: 'off' }))).toEqual([]);
  expect(leaveStandby(node({}, { standby: 'on' })).map(words)).toEqual([
    'crm_attribute --type status --node node1 --name standby --delete',
  ]);
  expect(leaveStandby(node({ standby: 'on' }, { standby: 'on' }))).toHaveLength(2);
});
