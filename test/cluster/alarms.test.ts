import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf } from './network.ts';
import { waitUntil } from './wait-until.ts';
import { watchVms } from './watch-vms.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

const agent = '/usr/share/pacemaker/alerts/ocf-virt-alarm';
let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'alarms', tokenMs: 1500 });
  const setUp = [
    `mkdir -p /usr/share/pacemaker/alerts && ln -s /usr/bin/ocf-virt ${agent}`,
    // The mail system of the test: every mail is one line of a file. Alert agents run as hacluster.
    `printf '%s\\n' '#!/bin/sh' 'tr "\\n" "|" >>/shared/alarms/mails' 'echo >>/shared/alarms/mails' >/usr/sbin/sendmail`,
    `printf '%s\\n' '#!/bin/sh' 'cat >>/shared/alarms/commands' >/usr/local/bin/page`,
    `printf '%s\\n' '#!/bin/sh' 'sleep 1000' >/usr/local/bin/hang`,
    'chmod 755 /usr/sbin/sendmail /usr/local/bin/page /usr/local/bin/hang',
    'mkdir -p -m 777 /shared/alarms && chmod 777 /shared/alarms',
  ];
  for (const { run } of cluster.nodes) await run(['sh', '-c', setUp.join('\n')]);
  await watchVms(cluster);
  await cluster.createVm('vm01', { settings: { memory: 256 }, operations: { monitor: 'interval=60s timeout=30s' } });
  await cluster.waitRunning('vm01');
  const hook = `http://${addressOf(1, 'cluster')}:8099/hook`;
  await cluster.crm(
    ...['configure', 'alert', 'alarms', agent, 'attributes', 'alarm_limit=3', 'alarm_deadline=10'],
    ...['mail:admin@example.org', hook, 'command:/usr/local/bin/page', 'command:/usr/local/bin/hang'].flatMap((to) => [
      'to',
      to,
    ]),
  );
});
afterAll(() => cluster?.down());

const linesOf = (file: string) => {
  const path = join(cluster.sharedFolder, 'alarms', file);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
};
const pages = () => linesOf('commands').map((line) => JSON.parse(line) as Record<string, unknown>);
const kinds = () => pages().map(({ kind, node, resource }) => [kind, node, resource].filter(Boolean).join(' '));

it('a death is mailed, posted and handed to a command, whoever else does not answer', async () => {
  // The chat: one that takes what is posted to it.
  const chat = `require('http').createServer((q, s) => q.on('data', (d) => require('fs').appendFileSync('/shared/alarms/posts', d + '\\n')).on('end', () => s.end())).listen(8099)`;
  const listening = cluster.node('node1').exec(['node', '-e', chat], { timeout: 60_000 });
  const host = await cluster.waitRunning('vm01');
  await cluster.node(host).run(['xl', 'destroy', 'vm01']);
  await waitUntil(
    'all are told of the death',
    30,
    () => ['mails', 'posts', 'commands'].every((file) => linesOf(file).length > 0),
    () =>
      cluster
        .node(host)
        .log('pacemaker/pacemaker.log', 2000)
        .split('\n')
        .filter((line) => /alert|alarm/i.test(line))
        .slice(-20)
        .join('\n'),
  );
  expect(linesOf('mails')).toEqual([
    expect.stringMatching(new RegExp(`To: admin@example.org\\|Subject: \\[cluster\\] vm01 has died on ${host}\\|`)),
  ]);
  expect(JSON.parse(linesOf('posts')[0] ?? '')).toMatchObject({ kind: 'died', node: host, resource: 'vm01' });
  expect(kinds()).toEqual([`died ${host} vm01`]);
  await cluster.waitRunning('vm01');
  await cluster.node('node1').exec(['pkill', '-f', '[c]reateServer']);
  await listening;
});

it('an orderly stop, start and migration raise none', async () => {
  const before = kinds();
  const host = await cluster.waitRunning('vm01');
  await cluster.crm('resource', 'restart', 'vm01');
  await cluster.waitRunning('vm01');
  const other = cluster.nodes.find(({ name }) => name !== host)?.name ?? '';
  await cluster.crm('resource', 'move', 'vm01', other, 'force');
  await cluster.waitRunning('vm01', { on: other });
  await cluster.crm('resource', 'clear', 'vm01');
  expect(kinds()).toEqual(before);
});

it('the loss of a node and its fencing are told once, by one node', async () => {
  const host = await cluster.waitRunning('vm01');
  cluster.stayDown(true);
  await cluster.node(host).kill();
  await waitUntil('the fencing is told', 60, () => kinds().includes(`fenced ${host}`));
  await cluster.waitRunning('vm01', { notOn: host, seconds: 60 });
  expect(kinds().slice(1).sort()).toEqual([`fenced ${host}`, `lost ${host}`]);
  await cluster.node(host).boot();
  await cluster.waitOnline();
});

it('no more than the limit are sent to a recipient, the last one says so, and the same is not sent twice', async () => {
  const before = pages().length;
  // As Pacemaker does it, but to a recipient who has had none yet.
  const options = [
    'CRM_alert_recipient=command:/usr/local/bin/../bin/page',
    'alarm_limit=3',
    'CRM_alert_kind=resource',
  ];
  const failure = ['CRM_alert_task=stop', 'CRM_alert_rc=1', 'CRM_alert_target_rc=0', 'CRM_alert_status=0'];
  for (const resource of ['vm01', 'vm01', 'vm02', 'vm03', 'vm04', 'vm05']) {
    await cluster
      .anyNode()
      .run(['runuser', '-u', 'hacluster', '--', 'env', ...options, ...failure, `CRM_alert_rsc=${resource}`, agent]);
  }
  const sent = pages().slice(before);
  expect(sent.map(({ resource }) => resource)).toEqual(['vm01', 'vm02', 'vm03']);
  expect(sent.map(({ silentUntil }) => typeof silentUntil)).toEqual(['undefined', 'undefined', 'number']);
});
