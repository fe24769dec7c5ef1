import { readNodeAttribute } from '../../lib/cluster/attributes.ts';
import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { stateInList } from '../../lib/hypervisor/xen/xl-look.ts';
import { isHostAddress } from '../../lib/ocf/address.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { badArguments, failed } from '../../lib/ocf/error.ts';
import { isDigits } from '../../lib/system/letters.ts';
import { lastWords, type RunResult } from '../../lib/system/runner.ts';
import { quoteWord, splitWords } from '../../lib/system/shell-words.ts';
import { sshArguments, unattendedSshOptions } from '../../lib/system/ssh.ts';
import type { Domain, XenContext } from './domain.ts';

/** The other node of a migration, reached over its migration address. */
export interface OtherEnd {
  readonly node: string;
  readonly address: string;
  /** The ssh command that xl hands to a shell, every word quoted. */
  readonly sshCommand: string;
  /** Runs a command there, within 20 s. */
  run(command: readonly string[], deadline: Deadline): RunResult;
  /** Asks the other node's xl for the domain. */
  look(domain: Domain, deadline: Deadline): VmState;
  /** How many migrations are being received there right now; undefined when it does not tell. */
  receivers(deadline: Deadline): number | undefined;
  /** Whether an `xl migrate` of the domain is at work there; undefined when it does not tell. */
  isSending(domain: Domain, deadline: Deadline): boolean | undefined;
}

/**
 * The node that a migration goes to, or comes from.
 *
 * @throws OcfError exit 1 when its address is not set, exit 2 when it is no address.
 */
export function targetOf(node: string, context: XenContext): OtherEnd {
  return otherEnd(node, addressOf(node, context), context);
}

/** The other end of a migration that was remembered; undefined when there is none, or its address is no address. */
export function rememberedEnd({ facts }: Domain, context: XenContext): OtherEnd | undefined {
  const { node, address } = facts?.migration ?? {};
  if (typeof node !== 'string' || typeof address !== 'string' || !isHostAddress(address)) return undefined;
  return otherEnd(node, address, context);
}

/** A node at an address that was validated before. */
function otherEnd(node: string, address: string, { parameters, host }: XenContext): OtherEnd {
  const options = splitWords(parameters.migration_ssh_options ?? '');
  const run = (command: readonly string[], deadline: Deadline) =>
    host.runner.query('ssh', sshArguments(address, command, options), deadline.within(20_000));
  /** Its processes, each as the number of its parent and its command line. */
  const processes = (deadline: Deadline) => {
    const answer = run(['ps', '-ww', '-eo', 'ppid=,args='], deadline);
    return answer.outcome === 'exited' && answer.code === 0 ? answer.stdout.split('\n') : undefined;
  };
  return {
    node,
    address,
    // A transport that hangs would hold a suspended guest.
    sshCommand: ['ssh', ...options, ...unattendedSshOptions, ...fastCiphers].map(quoteWord).join(' '),
    run,
    look: (domain, deadline) => {
      const answer = run(['xl', 'list'], deadline);
      if (answer.outcome === 'missing' || (answer.outcome === 'exited' && answer.code === 255)) {
        return { kind: 'unknown', why: `ssh to ${address} failed: ${lastWords(answer)}`, notInstalled: false };
      }
      return stateInList(answer, { name: domain.name, processes: () => noProcesses });
    },
    // A receiver is a child of its transport. Its other half, which stays as the domain's daemon, belongs to init.
    receivers: (deadline) =>
      processes(deadline)?.filter((line) => /^\s*(?!1\s)\d+\s+(\S*\/)?xl migrate-receive/.test(line)).length,
    isSending: ({ name }, deadline) =>
      processes(deadline)?.some((line) => {
        const domain = /^\s*\d+\s+(?:\S*\/)?xl migrate .*?(\S+)\s+\S+\s*$/.exec(line)?.[1];
        // A name of digits was given to xl as the id that the domain has there.
        return domain === name || (domain !== undefined && isDigits(name));
      }),
  };
}

/**
 * One ssh is bound to one processor, and ChaCha20, which it would choose by itself, takes more of it than AES (docs/performance.md).
 * All of these are in every OpenSSH since 6.5, and an option of the user's comes before.
 */
const fastCiphers = [
  '-o',
  'Ciphers=aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes256-ctr,chacha20-poly1305@openssh.com',
];

/** The processes of another node are not seen from here. */
const noProcesses = { keepers: [], starting: [], leaving: [], receiving: [], receivingAny: [], models: [] };

function addressOf(node: string, { parameters, host, deadline, environment }: XenContext): string {
  const attribute = parameters.node_ip_attribute;
  const value = attribute === undefined ? node : readNodeAttribute(host.runner, node, attribute, deadline);
  const nodeName = isHostAddress(node) ? node : 'NODE';
  const fix = `crm_attribute --type nodes --node ${nodeName} --name ${attribute} --update ADDRESS`;
  if (value === undefined) {
    throw failed(
      `${environment.instance}: node_ip_attribute: node ${node} has no attribute ${attribute}, so its migration address is not known`,
      `set it: ${fix}`,
    );
  }
  if (isHostAddress(value)) return value;
  throw badArguments(
    `${environment.instance}: node_ip_attribute: the attribute ${attribute} of node ${node} is ${JSON.stringify(value)}, which is no address`,
    attribute === undefined ? 'name the node by a host name' : `set an IPv4 or IPv6 address or a host name: ${fix}`,
  );
}
