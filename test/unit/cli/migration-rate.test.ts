import { expect, it } from 'vitest';
import { migrationRate, migrationTimeout, secondsToMigrate, speedOfAddress } from '../../../cli/migration-rate.ts';
import { startsAtOnce, startTimeout } from '../../../cli/start-time.ts';

it('a guest of 32 GB on gigabit Ethernet is reckoned with the 18 minutes that it has been seen to take', () => {
  const minutes = secondsToMigrate(32 * 1024, migrationRate(undefined, 1000)) / 60;
  expect(minutes).toBeGreaterThan(17);
  expect(minutes).toBeLessThan(20);
});

it('a measured rate counts before the link, and a very fast link does not make ssh faster', () => {
  expect(migrationRate(77, 1000)).toEqual({ mibPerSecond: 77, basis: 'measured' });
  expect(migrationRate(undefined, 100_000).mibPerSecond).toBe(migrationRate(undefined, 40_000).mibPerSecond);
  expect(migrationRate(undefined, undefined)).toMatchObject({ basis: expect.stringContaining('unknown speed') });
});

it('a timeout leaves room above the bare time, and is never below the usual one', () => {
  const rate = migrationRate(30, undefined);
  expect(migrationTimeout(512, rate)).toBe(600);
  expect(migrationTimeout(64 * 1024, rate)).toBeGreaterThan(1.4 * secondsToMigrate(64 * 1024, rate));
});

it('the speed of an address is that of its link, or of the fastest card of its bridge', () => {
  const link = { kind: undefined, isUp: true, mtu: 1500 };
  const interfaces = [
    { ...link, name: 'br0', master: undefined, speedMbit: undefined, addresses: [{ address: '10.0.0.1', prefix: 24 }] },
    { ...link, name: 'eth0', master: 'br0', speedMbit: 1000, addresses: [] },
    { ...link, name: 'vif1', master: 'br0', speedMbit: undefined, addresses: [] },
    { ...link, name: 'eth1', master: undefined, speedMbit: 10_000, addresses: [{ address: '10.0.1.1', prefix: 24 }] },
  ];
  expect(['10.0.0.1', '10.0.1.1', '10.0.2.1'].map((address) => speedOfAddress({ interfaces }, address))).toEqual([
    1000,
    10_000,
    undefined,
  ]);
});

it('as many VMs start at once as one node gets when another is lost, but no more than the cluster lets it', () => {
  expect(startsAtOnce(10, { nodes: 3, cores: 8, limit: 0 })).toBe(5);
  expect(startsAtOnce(10, { nodes: 3, cores: 2, limit: 0 })).toBe(4);
  expect(startsAtOnce(10, { nodes: 3, cores: 8, limit: 3 })).toBe(3);
  expect(startsAtOnce(0, { nodes: 1, cores: undefined, limit: 0 })).toBe(1);
  expect(startTimeout([1024, 1024])).toBe(2 * startTimeout([1024]));
});
