import type { Session, Transport } from '../sim/memory-host.ts';
import { migrateReceive } from '../sim/xl/migrate-receive.ts';
import type { Node, Program, Step, World } from './world.ts';

/**
 * The connection of a migration: ssh at the source, the sshd session and the receiver at the target, and the messages that
 * are under way. Whoever is killed, the others hear of it by steps of their own.
 */
export class Link {
  readonly world: World;
  readonly transport: Program;
  readonly session: Program | undefined;
  readonly receiver: Program | undefined;
  readonly transportEnd: Transport;
  /** Since when each message is under way. */
  readonly #toReceiver: { readonly text: string; readonly since: number }[] = [];
  readonly #toSender: { readonly text: string; readonly since: number }[] = [];
  #lastMove: number;

  constructor(world: World, source: Node, sender: number, command: string) {
    this.world = world;
    this.#lastMove = world.now;
    const words = command.split(' ');
    const target = world.nodes.find(({ name }) => words.includes(name));
    this.transport = world.add(source, words.slice(1), { parent: sender });
    const { transport } = this;
    const lines: string[] = [];
    this.transportEnd = {
      lines,
      ended: () => transport.ended !== undefined,
      send: (text) => void this.#toReceiver.push({ text, since: world.now }),
      close: () => {
        this.#closed = true;
      },
      exit: () => transport.ended,
      pid: transport.pid,
    };
    if (!target?.up) {
      world.end(transport, 255);
      return;
    }
    this.session = world.add(target, ['sshd: root@notty'], { parent: 2 });
    const { session } = this;
    const received: string[] = [];
    const end: Session = {
      lines: received,
      ended: () => session.ended !== undefined || (this.#closed && this.#toReceiver.length === 0),
      tell: (text) => {
        if (session.ended) return false;
        this.#toSender.push({ text: text.trimEnd(), since: world.now });
        return true;
      },
    };
    this.receiver = world.add(target, ['xl', 'migrate-receive'], {
      parent: session.pid,
      host: (pid) => world.hostOf(target, pid, end),
    });
    world.start(this.receiver, () => migrateReceive([]));
    this.#received = received;
  }

  #closed = false;
  #received: string[] = [];

  /** Whether all programs of it have ended. */
  get isOver(): boolean {
    return [this.transport, this.session, this.receiver].every((program) => program === undefined || program.ended);
  }

  /** What is under way, for whoever compares states. */
  get underWay(): string {
    return JSON.stringify(
      [this.#toReceiver, this.#toSender, this.#received, this.transportEnd.lines, this.#closed].map((part) =>
        Array.isArray(part) ? part.map((one) => (typeof one === 'string' ? one : one.text).slice(0, 12)) : part,
      ),
    );
  }

  /** When ssh gives up an end that is silent. */
  get due(): number {
    const { transport, session } = this;
    const isSilent = session !== undefined && !session.node.up && transport.ended === undefined && transport.node.up;
    return isSilent ? this.#lastMove + 15_000 : Number.POSITIVE_INFINITY;
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
          this.#lastMove = world.now;
          run();
        },
      });
    const [there] = this.#toReceiver;
    const [back] = this.#toSender;
    const lives = transport.ended === undefined && session.ended === undefined && isUp;
    if (there && lives) {
      step(`to the receiver: ${there.text.slice(0, 20)}`, there.since, () => {
        this.#toReceiver.shift();
        this.#received.push(...there.text.split('\n'));
      });
    }
    if (back && lives) {
      step(`to the sender: ${back.text.slice(0, 20)}`, back.since, () => {
        this.#toSender.shift();
        this.transportEnd.lines.push(...back.text.split('\n'));
      });
    }
    if (transport.ended && !session.ended && session.node.up) {
      // Without its host nobody says that the connection has ended.
      if (transport.node.up) step('sshd hears that ssh has ended', this.#lastMove, () => world.end(session, null));
    } else if (session.ended && !transport.ended && transport.node.up) {
      const silent = !session.node.up;
      if (!silent || world.now >= this.#lastMove + 15_000)
        step('ssh hears that the session has ended', this.#lastMove, () =>
          world.end(transport, session.ended?.code ?? 255),
        );
    } else if (receiver.ended && !session.ended && (back === undefined || !isUp)) {
      step('sshd sees the end of the receiver', this.#lastMove, () => world.end(session, receiver.ended?.code ?? 255));
    }
    return found;
  }
}
