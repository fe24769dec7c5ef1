import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAlert } from '../../../../cli/alarm/alert.ts';
import { alarmKinds, alarmOf, usualKinds } from '../../../../cli/alarm/rules.ts';

/** What the rules make of an alert with these variables of Pacemaker. */
function alarm(variables: Readonly<Record<string, string>>) {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`CRM_alert_${name}`, value]));
  const alert = readAlert(env);
  return alert === undefined ? undefined : alarmOf(alert);
}

const resource = (more: Readonly<Record<string, string>>) =>
  alarm({
    ...{
      kind: 'resource',
      node: 'node1',
      rsc: 'vm01',
      interval: '0',
      status: '0',
      target_rc: '0',
      rc: '0',
      desc: 'ok',
    },
    ...more,
  });

/** As Pacemaker 2.1.5 tells of a fencing. */
const fencing = (action: string, end: string) => ({
  task: 'st_notify_fence',
  desc: `Operation ${action} of node2 by node1 for pacemaker-controld.104@node3: ${end} (ref=c2fa2d62)`,
});

describe('an alarm is raised when', () => {
  it.each([
    ['a node has left', { kind: 'node', node: 'node2', desc: 'lost' }, 'lost', 'node2 has left'],
    [
      'a node was fenced',
      { kind: 'fencing', node: 'node2', rc: '0', ...fencing('reboot', 'OK') },
      'fenced',
      'node2 was fenced',
    ],
    [
      'a fencing failed',
      { kind: 'fencing', node: 'node2', rc: '-62', ...fencing('off', 'Timer expired') },
      'not-fenced',
      'Timer expired',
    ],
  ])('%s, and all nodes know of it', (_, variables, kind, text) => {
    const found = alarm(variables as Record<string, string>);
    expect(found).toMatchObject({ kind, node: 'node2', known: 'to all nodes' });
    expect(found?.text).toContain(text);
  });

  it.each([
    ['a death was told', { task: 'asyncmon', rc: '1', desc: 'error' }, 'died'],
    ['a monitor found it gone', { task: 'monitor', interval: '60000', rc: '7', desc: 'not running' }, 'died'],
    ['a monitor failed', { task: 'monitor', interval: '60000', rc: '1', desc: 'error' }, 'failed'],
    ['a monitor timed out', { task: 'monitor', interval: '60000', rc: '1', status: '2', desc: 'Timed Out' }, 'failed'],
    ['a stop failed', { task: 'stop', rc: '1', desc: 'error' }, 'failed'],
    ['a migration failed', { task: 'migrate_to', rc: '1', desc: 'error' }, 'failed'],
    ['a VM is degraded', { task: 'monitor', interval: '60000', rc: '190', desc: 'degraded' }, 'degraded'],
  ])('%s, and only its node knows of it', (_, variables, kind) => {
    const found = resource(variables as Record<string, string>);
    expect(found).toMatchObject({ kind, node: 'node1', resource: 'vm01', known: 'to its node' });
    expect(found?.text).toContain('vm01');
    expect(usualKinds).toContain(found?.kind);
  });
});

it('what is good news is sent only to who wants it', () => {
  expect(resource({ task: 'start' })?.kind).toBe('started');
  expect(alarm({ kind: 'node', node: 'node2', desc: 'member' })?.kind).toBe('returned');
  expect(usualKinds).not.toContain('started');
  expect(usualKinds).not.toContain('returned');
  expect(usualKinds.every((kind) => Object.hasOwn(alarmKinds, kind))).toBe(true);
});

describe('nothing is said of', () => {
  it.each([
    ['a probe', { task: 'monitor', interval: '0', rc: '7', desc: 'not running' }],
    ['a monitor that finds all well again', { task: 'monitor', interval: '60000' }],
    ['a stop', { task: 'stop' }],
    [
      'an operation that was cancelled',
      { task: 'monitor', interval: '60000', rc: '1', status: '1', desc: 'Cancelled' },
    ],
    ['an attribute', { kind: 'attribute', attribute_name: 'pingd' }],
    ['an unfencing', { kind: 'fencing', rc: '0', ...fencing('on', 'OK') }],
  ])('%s', (_, variables) => {
    expect(resource(variables as Record<string, string>)).toBeUndefined();
  });

  it('an environment that is not of an alert', () => {
    expect(readAlert({ PATH: '/bin' })).toBeUndefined();
  });
});

it('the documentation has every kind, and no other', () => {
  const [, table] = readFileSync('docs/alarms.md', 'utf8').split('| kind | when |\n| --- | --- |\n');
  const rows = table?.split('\n\n')[0]?.split('\n');
  expect(rows).toEqual(Object.entries(alarmKinds).map(([kind, meaning]) => `| ${kind} | ${meaning} |`));
});
