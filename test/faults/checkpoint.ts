import type { TruthLine } from '../sim/host.ts';
import { onHost } from '../sim/memory-host.ts';
import { copyOf, Link, type LinkState, noTraffic, stateOf } from './link.ts';
import { type Files, filesUnder, putFiles } from './memory-files.ts';
import { copyOfXen, type Node, type Program, World } from './world.ts';

/** A world between two actions: no agent is at work, though programs of a migration may be. */
export interface Checkpoint {
  readonly folder: string;
  readonly now: number;
  readonly lastPid: number;
  readonly truth: readonly TruthLine[];
  readonly nodes: readonly NodeState[];
  readonly programs: readonly ProgramState[];
  /** With the numbers of their programs. */
  readonly links: readonly (LinkState & { readonly pids: readonly (number | undefined)[] })[];
}

interface NodeState extends Pick<Node, 'up' | 'fencedAt' | 'xen'> {
  readonly files: Files;
}

interface ProgramState {
  readonly node: number;
  /** In the process table. */
  readonly lives: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** As it was; what of it changes is copied. */
  readonly self: Program;
}

/** Keeps a world whose folder is in memory as it is; undefined where a command is at work that cannot be made anew. */
export function checkpointOf(world: World): Checkpoint | undefined {
  const { folder, now, lastPid, truth, links } = world;
  const programs = new Set([
    ...world.nodes.flatMap((node) => node.living()),
    ...links.flatMap(programsOf).filter((program) => program !== undefined),
  ]);
  if ([...programs].some((program) => program.work && !world.outlives(program))) return undefined;
  return {
    folder,
    now,
    lastPid,
    truth: [...truth],
    nodes: world.nodes.map(({ up, fencedAt, xen, folder: own }) => ({
      up,
      fencedAt,
      xen: copyOfXen(xen),
      files: filesUnder(own),
    })),
    programs: [...programs].map((program) => ({
      node: world.nodes.indexOf(program.node),
      lives: program.node.programs.has(program.pid),
      stdout: program.host.stdout,
      stderr: program.host.stderr,
      self: { ...program, log: [...program.log] },
    })),
    links: links.map((link) => ({ ...stateOf(link), pids: programsOf(link).map((program) => program?.pid) })),
  };
}

const programsOf = ({ transport, session, receiver }: Link) => [transport, session, receiver];

/**
 * Makes that world anew. A command in its middle is run again up to there: each of its steps meets what it met before,
 * and what it does to the world then is undone.
 */
export function worldAt(checkpoint: Checkpoint, outlives: World['outlives']): World {
  const world = new World(checkpoint.folder);
  world.outlives = outlives;
  const made = new Map<number, Program>();
  for (const { node: index, stdout, stderr, self } of checkpoint.programs) {
    const node = world.nodes[index] as Node;
    const host = Object.assign(world.hostOf(node, self.pid), { stdout, stderr });
    made.set(self.pid, { ...self, log: [...self.log], node, host });
  }
  const links = checkpoint.links.map(({ pids }) => {
    const [transport, session, receiver] = pids.map((pid) => (pid === undefined ? undefined : made.get(pid)));
    const link = new Link(world, transport as Program);
    Object.assign(link, { session, receiver });
    if (receiver) Object.assign(receiver, { host: world.hostOf(receiver.node, receiver.pid, link.sessionEnd) });
    return link;
  });
  const list = () => {
    for (const { lives, self } of checkpoint.programs) {
      const program = made.get(self.pid) as Program;
      program.parent = self.parent;
      if (lives) program.node.programs.set(self.pid, program);
    }
  };
  list();
  for (const program of made.values()) if (program.work) repeat(program, world, links);
  world.nodes.forEach((node, index) => {
    const { up, fencedAt, xen, files } = checkpoint.nodes[index] as NodeState;
    Object.assign(node, { up, fencedAt, xen: copyOfXen(xen) });
    node.programs.clear();
    putFiles(node.folder, files);
  });
  list();
  for (const { stdout, stderr, self } of checkpoint.programs) {
    const program = made.get(self.pid) as Program;
    Object.assign(program.host, { stdout, stderr });
    program.ended = self.ended;
  }
  world.links.splice(0, Number.POSITIVE_INFINITY, ...links);
  links.forEach((link, index) => {
    setState(link, checkpoint.links[index] as LinkState);
  });
  world.truth.splice(0, Number.POSITIVE_INFINITY, ...checkpoint.truth);
  Object.assign(world, { now: checkpoint.now, lastPid: checkpoint.lastPid });
  return world;
}

/** Brings a command to where it was. */
function repeat(program: Program, world: World, links: readonly Link[]): void {
  if (!program.command) return;
  const work = world.workOf(program.command);
  world.begun = links;
  for (const moment of program.log) {
    world.now = moment.now;
    program.node.xen = copyOfXen(moment.xen);
    world.links.splice(0, Number.POSITIVE_INFINITY, ...links.slice(0, moment.links.length));
    links.forEach((link, index) => {
      setState(link, moment.links[index] ?? { traffic: noTraffic(moment.now), ended: [] });
    });
    const step = onHost(program.host, () => work.next());
    if (!step.done) program.until = step.value.until;
  }
  world.begun = undefined;
  program.work = work;
}

function setState(link: Link, { traffic, ended }: LinkState): void {
  link.traffic = copyOf(traffic);
  programsOf(link).forEach((program, index) => {
    if (program) program.ended = ended[index];
  });
}
