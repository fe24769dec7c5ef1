import { afterAll, beforeAll } from 'vitest';
import type { Host } from './host.ts';
import { type Hosts, startHosts } from './hosts.ts';
import { installAgents } from './install-agents.ts';

/** Both hosts with the built agents, for all tests of a file. */
export interface Pair {
  readonly node1: Host;
  readonly node2: Host;
}

/** Takes the hosts that `npm run test:xen` has booted, or boots and installs them for this file alone. */
export function withHosts(prepare: (pair: Pair) => Promise<void>): Pair {
  let hosts: Hosts | undefined;
  const host = (number: 1 | 2) => {
    if (hosts === undefined) throw new Error('the hosts do not run yet');
    return hosts.host(number);
  };
  const pair: Pair = {
    get node1() {
      return host(1);
    },
    get node2() {
      return host(2);
    },
  };
  beforeAll(async () => {
    hosts = await startHosts();
    if (hosts.fresh) await Promise.all([installAgents(pair.node1), installAgents(pair.node2)]);
    await prepare(pair);
  });
  afterAll(async () => hosts?.tearDown());
  return pair;
}
