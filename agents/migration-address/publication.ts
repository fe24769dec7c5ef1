import type { Context } from '../../lib/agent/define.ts';
import { type Lifetime, readAttributeOf, writeNodeAttribute } from '../../lib/cluster/attributes.ts';
import { isLeaving } from '../../lib/cluster/leaving.ts';
import { ownNodeName } from '../../lib/cluster/self.ts';
import { failed } from '../../lib/ocf/error.ts';
import { readAddresses } from '../../lib/system/addresses.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { fileMemory, type Memory } from '../../lib/system/memory.ts';
import { checkWanted, findAddress, meant } from './find.ts';
import type { parameters } from './parameters.ts';

export type AddressContext = Context<typeof parameters>;

/** What is remembered while the resource is started on this node. */
export interface Facts {
  readonly attribute: string;
  readonly lifetime: Lifetime;
  /** What was published last; undefined while the address is lost. */
  readonly address?: string | undefined;
}

/** The attribute of this node, and what is done with it. */
export interface Publication {
  readonly memory: Memory<Facts>;
  /** The value that the cluster has now. */
  current(): string | undefined;
  /**
   * Publishes the address that this node has, or withdraws what is published when it has none; says why then. Changes
   * nothing that is right already.
   */
  renew(): Promise<{ readonly address: string } | { readonly loss: string }>;
  /** Whether the node is in standby or shuts down. */
  isNodeLeaving(): boolean;
  /** Takes back what was published here, and nothing that somebody else wrote. */
  withdraw(): Promise<void>;
}

/**
 * The publication that the parameters of a context mean.
 *
 * @throws OcfError exit 1 when this node has no name, because Pacemaker does not run here.
 */
export function publicationOf({ host, parameters, environment, deadline, log }: AddressContext): Publication {
  const { runner, clock } = host;
  const { attribute } = parameters;
  const lifetime: Lifetime = parameters.lifetime === 'permanent' ? 'forever' : 'reboot';
  const memory = fileMemory<Facts>(`MigrationAddress-${environment.instance.replace(/:\d+$/, '')}`, host.runFolder);
  const node = environment.nodeName ?? ownNodeName(runner, deadline);
  if (node === undefined) {
    throw failed(
      `${environment.instance}: this node has no name in a cluster`,
      'look whether Pacemaker runs here: crm_mon -1',
    );
  }
  const read = (facts: Facts) => readAttributeOf(facts.lifetime, runner, node, facts.attribute, deadline);
  const write = (facts: Facts, value: string | undefined) =>
    writeNodeAttribute(facts.lifetime, runner, node, facts.attribute, value, deadline);
  const own: Facts = { attribute, lifetime };
  const current = () => read(own);

  /** What was published under another name, or for another time, before the parameters changed. */
  const withdrawFormer = (facts: Facts | undefined) => {
    if (facts === undefined || (facts.attribute === attribute && facts.lifetime === lifetime)) return;
    if (facts.address !== undefined && read(facts) === facts.address) write(facts, undefined);
  };
  return {
    memory,
    current,
    isNodeLeaving: () => isLeaving(runner, node, deadline),
    renew: async () => {
      checkWanted(parameters);
      const facts = memory.read();
      withdrawFormer(facts);
      const before = current();
      const found = findAddress(readAddresses(runner, deadline), parameters, before);
      const address = 'address' in found ? found.address : undefined;
      if (address !== before) {
        write(own, address);
        log.info(
          `${environment.instance}: ${attribute} of ${node} was ${before ?? 'not set'} and is ${address ?? 'withdrawn'}`,
        );
        // The cluster writes a transient attribute a little later; another node must find it from now on.
        if ((await waitUntil(current, (value) => value === address, deadline, clock)) !== address) {
          throw failed(
            `${environment.instance}: ${attribute} of ${node} did not change`,
            'look at the log of pacemaker-attrd',
          );
        }
        if (address !== undefined) warnOfHidden(node, address);
      }
      if (facts?.address !== address || facts?.attribute !== attribute || facts.lifetime !== lifetime) {
        memory.write({ ...own, address });
      }
      return found;
    },
    withdraw: async () => {
      const facts = memory.read();
      withdrawFormer(facts);
      const value = current();
      if (value === undefined) return;
      // Without a memory, which ends with a boot, an address of this node can only have come from here.
      const isOurs =
        facts === undefined
          ? meant(readAddresses(runner, deadline).addresses, parameters).some(({ address }) => address === value)
          : facts.address === value;
      if (isOurs) write(own, undefined);
      else
        log.warn(
          `${environment.instance}: ${attribute} of ${node} is ${value}, which was not published here, and stays`,
        );
    },
  };

  function warnOfHidden(name: string, address: string): void {
    if (lifetime === 'forever') return;
    const permanent = readAttributeOf('forever', runner, name, attribute, deadline);
    if (permanent === undefined || permanent === address) return;
    log.warn(
      `${environment.instance}: ${name} has a permanent ${attribute}, ${permanent}, which comes before the published ${address}; crm_attribute --type nodes --node ${name} --name ${attribute} --delete takes it away`,
    );
  }
}
