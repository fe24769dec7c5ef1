import { describe, expect, it } from 'vitest';
import { judgeAction } from '../../../../lib/cluster/action-result.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';

const pair = (name: string, value: string) => `<nvpair id="${name}" name="${name}" value="${value}"/>`;
const cibOf = (properties = '', meta = '') =>
  parseCib(`<cib><configuration><crm_config><cluster_property_set id="p">${properties}</cluster_property_set></crm_config>
    <resources><primitive id="vm01" class="ocf" provider="virt" type="Xen"><meta_attributes id="m">${meta}</meta_attributes></primitive></resources>
    </configuration></cib>`);

async function judge(
  action: string,
  code: number | undefined,
  more: { isProbe?: boolean; onFail?: string; properties?: string; meta?: string } = {},
) {
  const cib = await cibOf(more.properties, more.meta);
  const [resource] = cib.resources;
  if (resource === undefined) throw new Error('not parsed');
  return judgeAction(cib, { resource, action, code, isProbe: more.isProbe ?? false, onFail: more.onFail });
}

describe('what Pacemaker makes of an exit code', () => {
  it.each([
    ['monitor', 0, {}, false, 'goes on'],
    ['monitor', 7, {}, true, 'stops and starts it again'],
    ['monitor', 7, { isProbe: true }, false, 'stopped on this node'],
    ['monitor', 0, { isProbe: true }, false, 'running on this node'],
    ['monitor', 1, { isProbe: true }, true, 'failed here'],
    ['monitor', 190, {}, false, 'lets it run'],
    ['monitor', 1, { onFail: 'fence' }, true, 'fences this node, as on-fail says'],
    ['monitor', 1, { meta: pair('migration-threshold', '3') }, true, 'after 3 failures it moves'],
    ['monitor', undefined, {}, true, 'stops and starts it again'],
    ['monitor', 5, { isProbe: true }, true, 'on this node no more'],
    ['start', 1, {}, true, 'starts it on another node'],
    ['start', 1, { properties: pair('start-failure-is-fatal', 'false') }, true, 'tries again'],
    ['start', 5, {}, true, 'moves it to another one'],
    ['start', 6, {}, true, 'on no node until its configuration changes'],
    ['stop', 7, {}, false, 'goes on'],
    ['stop', 1, {}, true, 'fences this node'],
    ['stop', 6, {}, true, 'fences this node'],
    ['stop', 1, { properties: pair('stonith-enabled', 'false') }, true, 'blocks the resource'],
    ['migrate_to', 1, {}, true, 'a restart, not a live migration'],
    ['validate-all', 2, {}, true, 'does not run this action'],
  ] as const)('%s, %s, %j', async (action, code, more, isFailure, words) => {
    expect(await judge(action, code, more)).toMatchObject({ isFailure, consequence: expect.stringContaining(words) });
  });

  it('is named as Pacemaker names it, also one that it does not know', async () => {
    expect(await judge('monitor', 5)).toMatchObject({ name: 'OCF_ERR_INSTALLED' });
    expect(await judge('monitor', 99)).toMatchObject({ name: 'exit code 99', isFailure: true });
    expect(await judge('monitor', undefined)).toMatchObject({ name: 'timed out' });
  });
});
