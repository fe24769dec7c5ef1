import { expect, it } from 'vitest';
import { keeper, xenBench } from '../../../support/xen-agent.ts';

it.each([300, 1730, 7300, 21_050, 33_333])('stops within 100 ms of the end of a guest that needs %i ms', async (ms) => {
  const host = xenBench();
  host.add({ shutdownMs: ms });
  host.processes.push(keeper(host.configFile));
  const { exit, ms: took } = await host.run('stop', { OCF_RESKEY_CRM_meta_timeout: '90000' });
  expect(exit).toBe(0);
  expect(took).toBeGreaterThanOrEqual(ms);
  expect(took).toBeLessThanOrEqual(ms + 100);
});

it('looks at a guest that takes long no more than twice a second', async () => {
  const host = xenBench();
  host.add({ shutdownMs: 30_000 });
  host.processes.push(keeper(host.configFile));
  await host.run('stop', { OCF_RESKEY_CRM_meta_timeout: '90000' });
  const looks = host.calls.filter((call) => call === 'xl list vm01').length;
  expect(looks).toBeGreaterThan(50);
  expect(looks).toBeLessThan(80);
});

it('starts as soon as xl create has ended', async () => {
  const host = xenBench();
  host.hooks.set('xl create', () => host.advance(12_345));
  const { exit, ms } = await host.run('start', { OCF_RESKEY_CRM_meta_timeout: '90000' });
  expect(exit).toBe(0);
  expect(ms).toBeLessThanOrEqual(12_345 + 100);
});

it('still sees the end of a guest that no process keeps', async () => {
  const host = xenBench();
  host.add({ shutdownMs: 7300 });
  const { exit, ms } = await host.run('stop', { OCF_RESKEY_CRM_meta_timeout: '90000' });
  expect(exit).toBe(0);
  expect(ms).toBeLessThanOrEqual(7300 + 600);
});
