import { expect, it } from 'vitest';
import { networkFacts, parseInterfaces } from '../../../../lib/survey/network.ts';
import { fromNow } from '../../../../lib/system/clock.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

it('bridges, links and addresses are those of iproute2, speeds those of the kernel', () => {
  const json = JSON.stringify([
    {
      ifname: 'xenbr0',
      flags: ['BROADCAST', 'UP', 'LOWER_UP'],
      mtu: 9000,
      linkinfo: { info_kind: 'bridge' },
      addr_info: [{ local: '192.168.1.50', prefixlen: 24 }],
    },
    { ifname: 'eth0', flags: ['NO-CARRIER', 'UP'], mtu: 1500, master: 'xenbr0', addr_info: [] },
    // iproute2 prints an empty object for an address that was filtered out.
    {},
  ]);
  const [bridge, card, ...none] = parseInterfaces(json, (name) => (name === 'eth0' ? 1000 : undefined));
  expect(bridge).toMatchObject({ name: 'xenbr0', kind: 'bridge', isUp: true, mtu: 9000, speedMbit: undefined });
  expect(bridge?.addresses).toEqual([{ address: '192.168.1.50', prefix: 24 }]);
  expect(card).toMatchObject({ name: 'eth0', kind: undefined, isUp: false, master: 'xenbr0', speedMbit: 1000 });
  expect(none).toEqual([]);
});

it('without iproute2 it says what to install', async () => {
  const runner = scriptedRunner(() => ({ outcome: 'missing' }));
  await expect(networkFacts({}, { runner, deadline: fromNow(5000, fakeClock()) })).rejects.toMatchObject({
    remedy: 'install iproute2',
  });
});
