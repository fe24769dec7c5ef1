import { sayingClear } from '../../agents/xen/looking-first.ts';
import { incomingName, migratedAwayName } from '../../lib/hypervisor/xen/xl-look.ts';
import type { Work } from '../sim/clock.ts';
import { memoryHost, type Session, type Transport } from '../sim/memory-host.ts';
import { viewHypervisor } from '../sim/state.ts';
import { migrateReceive } from '../sim/xl/migrate-receive.ts';
import type { Node, Program, Step, World } from './world.ts';

interface Message {
  readonly text: string;
  /** Since when it is under way. */
  readonly since: number;
}

/** What went over a link and has not been read. */
export interface Traffic {
  readonly toReceiver: Message[];
  readonly toSender: Message[];
  /** What arrived at the receiver, and at the sender. */
  readonly received: string[];
  readonly lines: string[];
  closed: boolean;
  /** Something came to the sender on the standard error. */
  complained: boolean;
  lastMove: number;
}

/**
 * The connection of a migration: ssh at the source, the sshd session and the receiver at the target, and the messages that
 * are under way. Whoever is killed, the others hear of it by steps of their own.
 */
export class Link {
  readonly world: World;
  transport: Program;
  session: Program | undefined;
  receiver: Program | undefined;
  /** The sender's side, and the receiver's. */
  readonly transportEnd: Transport;
  readonly sessionEnd: Session;
  traffic: Traffic;

  constructor(world: World, transport: Program) {
    this.world = world;
    this.transport = transport;
    this.traffic = noTraffic(world.now);
    const link = this;
    this.transportEnd = {
      get lines() {
        return link.traffic.lines;
      },
      ended: () => link.transport.ended !== undefined,
      send: (text) => void link.traffic.toReceiver.push({ text, since: world.now }),
      close: () => {
        link.traffic.closed = true;
      },
      exit: () => link.transport.ended,
      get pid() {
        return link.transport.pid;
      },
    };
    this.sessionEnd = {
      get lines() {
        return link.traffic.received;
      },
      ended: () => link.session?.ended !== undefined || (link.traffic.closed && link.traffic.toReceiver.length === 0),
      tell: (text) => {
        if (link.session?.ended) return false;
        link.traffic.toSender.push({ text: text.trimEnd(), since: world.now });
        return true;
      },
      complain: (text) => {
        if (link.session?.ended) return false;
        link.traffic.toSender.push({ text: `${onStderr}${text}`, since: world.now });
        return true;
      },
    };
  }

  /** Starts ssh on the source and, if the target is up, the session and the receiver there. */
  static begin(world: World, source: Node, sender: number, command: string): Link {
    const words = command.split(' ');
    const target = world.nodes.find(({ name }) => words.includes(name));
    // The shell has become ssh before anything else happens.
    const looksFirst = words[1] === 'sh';
    const ssh = looksFirst ? ['ssh', ...words.slice(2)] : words.slice(1);
    const link = new Link(world, world.add(source, ssh, { parent: sender }));
    if (!target?.up) {
      world.end(link.transport, 255);
      return link;
    }
    link.session = world.add(target, ['sshd: root@notty'], { parent: 2 });
    link.receiver = world.add(target, looksFirst ? ['sh', 'looks-first'] : receiver, {
      parent: link.session.pid,
      host: (pid) => world.hostOf(target, pid, link.sessionEnd),
    });
    const name = source.programs.get(sender)?.args.at(-2) ?? '';
    world.start(link.receiver, () => (looksFirst ? lookThenReceive(name) : migrateReceive([])));
    return link;
  }

  /** Whether all programs of it have ended. */
  get isOver(): boolean {
    return [this.transport, this.session, this.receiver].every((program) => program === undefined || program.ended);
  }

  /** What is under way, for whoever compares states. */
  get underWay(): string {
    const { toReceiver, toSender, received, lines, closed } = this.traffic;
    return JSON.stringify(
      [toReceiver, toSender, received, lines, closed].map((part) =>
        Array.isArray(part) ? part.map((one) => (typeof one === 'string' ? one : one.text).slice(0, 12)) : part,
      ),
    );
  }

  /** When ssh gives up an end that is silent. */
  get due(): number {
    const { transport, session } = this;
    const isSilent = session !== undefined && !session.node.up && transport.ended === undefined && transport.node.up;
    return isSilent ? this.traffic.lastMove + 15_000 : Number.POSITIVE_INFINITY;
  }

  /** ssh prints it among the words of xl. */
  #complain(text: string): void {
    this.traffic.complained = true;
    const sender = this.transport.node.programs.get(this.transport.parent);
    if (sender) sender.host.stderr += `${text}\n`;
  }

  /** What the network and the two ends of ssh can do now. */
  steps(): Step[] {
    const { transport, session, receiver, world } = this;
    if (!session || !receiver) return [];
    const isUp = session.node.up && transport.node.up;
    const found: Step[] = [];
    const step = (name: string, since: number, run: () => void) =>
      found.push({
        name,
        since,
        run: () => {
          this.traffic.lastMove = world.now;
          run();
        },
      });
    const [there] = this.traffic.toReceiver;
    const [back] = this.traffic.toSender;
    const lives = transport.ended === undefined && session.ended === undefined && isUp;
    if (there && lives) {
      step(`to the receiver: ${there.text.slice(0, 20)}`, there.since, () => {
        this.traffic.toReceiver.shift();
        this.traffic.received.push(...there.text.split('\n'));
      });
    }
    if (back && lives) {
      step(`to the sender: ${back.text.slice(0, 20)}`, back.since, () => {
        this.traffic.toSender.shift();
        if (!back.text.startsWith(onStderr)) this.traffic.lines.push(...back.text.split('\n'));
        else this.#complain(back.text.slice(onStderr.length));
      });
    }
    if (transport.ended && !session.ended && session.node.up) {
      // Without its host nobody says that the connection has ended.
      if (transport.node.up)
        step('sshd hears that ssh has ended', this.traffic.lastMove, () => world.end(session, null));
    } else if (session.ended && !transport.ended && transport.node.up) {
      const silent = !session.node.up;
      if (!silent || world.now >= this.traffic.lastMove + 15_000)
        step('ssh hears that the session has ended', this.traffic.lastMove, () =>
          world.end(transport, session.ended?.code ?? 255),
        );
    } else if (receiver.ended && !session.ended && (back === undefined || !isUp)) {
      step('sshd sees the end of the receiver', this.traffic.lastMove, () =>
        world.end(session, receiver.ended?.code ?? 255),
      );
    }
    return found;
  }
}

const receiver = ['xl', 'migrate-receive'];

/** Marks what the other end says on its standard error. */
const onStderr = 'stderr: ';

/** What the script of lookingFirst does, which has tests of its own. */
function* lookThenReceive(name: string): Work<number> {
  yield { ms: 5 };
  const copies: readonly (string | null)[] = [name, incomingName(name), migratedAwayName(name), null];
  if (viewHypervisor().domains.some(({ label }) => copies.includes(label))) return 1;
  const host = memoryHost();
  // A shell that cannot write ends here.
  if (!host?.session.complain?.(sayingClear)) return 1;
  host.exec(receiver);
  yield { ms: 1 };
  return yield* migrateReceive([]);
}

/** What a link was at some moment. */
export interface LinkState {
  readonly traffic: Traffic;
  /** The ends of ssh, of the session and of the receiver. */
  readonly ended: readonly Program['ended'][];
}

export const stateOf = ({ traffic, transport, session, receiver }: Link): LinkState => ({
  traffic: copyOf(traffic),
  ended: [transport.ended, session?.ended, receiver?.ended],
});

export const copyOf = ({ toReceiver, toSender, received, lines, ...rest }: Traffic): Traffic => ({
  ...rest,
  toReceiver: [...toReceiver],
  toSender: [...toSender],
  received: [...received],
  lines: [...lines],
});

export const noTraffic = (now: number): Traffic => ({
  toReceiver: [],
  toSender: [],
  received: [],
  lines: [],
  closed: false,
  complained: false,
  lastMove: now,
});
