import { beforeAll } from 'vitest';
import { type Host, hostOf } from './host.ts';
import { readRack } from './rack.ts';

type Name = 'node1' | 'node2';

/**
 * The hosts that `npm run test:xen` has booted, for all tests of a file.
 *
 * @param names the hosts that the file uses. The files of `one-host` run at the same time, each on its own.
 */
export function withHosts<Names extends Name>(
  names: readonly Names[],
  prepare: (hosts: Readonly<Record<Names, Host>>) => Promise<void>,
): Readonly<Record<Names, Host>> {
  const hosts = {} as Record<Names, Host>;
  beforeAll(async () => {
    const rack = readRack();
    if (rack === undefined) throw new Error('no hosts run: npm run test:xen boots them');
    for (const name of names) hosts[name] = hostOf(rack, name === 'node1' ? 1 : 2);
    await prepare(hosts);
  });
  return hosts;
}
