/** What keeps a VM from running on two nodes, or is meant to. */
export const guards = {
  lease: 'a lease that expires',
  'lease, and its renewer ends the VM': 'a lease that expires, whose renewer ends the VM when it could not renew',
  'lasting lease': 'a lease that never expires',
  'lease and watchdog': 'a lease that expires, and a watchdog that resets the node before it does',
  fencing: 'fencing',
} as const;
export type Guard = keyof typeof guards;

/** Ticks of the clock for which a lease is valid, and after which a watchdog that was not fed resets its node. */
const validTicks = 3;
const watchdogTicks = 2;

/** Node 1 began with the VM, its renewer and the lease; node 2 takes over when it may. */
interface World {
  readonly first: 'works' | 'renewer stands still' | 'stands still' | 'is off';
  /** Whether the guest on each node executes and can write. */
  readonly running: readonly [boolean, boolean];
  readonly holder: 1 | 2;
  /** Ticks since the holder renewed. */
  readonly age: number;
  /** Node 2 does not hear of node 1 any more. */
  readonly suspected: boolean;
}

type Step = readonly [name: string, next: World];

const begin: World = { first: 'works', running: [true, false], holder: 1, age: 0, suspected: false };

const isValid = ({ age }: World, guard: Guard) => guard === 'lasting lease' || age < validTicks;

/** All that can happen next. Time passes for both nodes alike; whoever works does its duty before more of it passes. */
function steps(world: World, guard: Guard): Step[] {
  const { first, running, holder, age, suspected } = world;
  const found: Step[] = [];
  const add = (name: string, change: Partial<World>) => found.push([name, { ...world, ...change }]);
  const renews = first === 'works' && holder === 1 && running[0];
  const late = guard === 'lease, and its renewer ends the VM' && first === 'works' && running[0] && holder === 1;
  if (late && !isValid(world, guard)) {
    add('the renewer of node 1 finds the lease expired, and ends the VM', { running: [false, running[1]] });
  } else if (renews && age > 0) add('node 1 renews', { age: 0 });
  const mustReset = guard === 'lease and watchdog' && holder === 1 && age >= watchdogTicks && first !== 'is off';
  if (mustReset) {
    // Hardware: it needs nobody who works, and nothing else happens to the node before.
    add('the watchdog resets node 1', { first: 'is off', running: [false, running[1]] });
    return found;
  }
  if (!(renews && age > 0)) add('time passes', { age: Math.min(age + 1, validTicks) });
  if (first === 'works') {
    add('the renewer of node 1 stands still', { first: 'renewer stands still' });
    // blkback and QEMU stand still with domain 0, and go on with it before anybody looks at a lease.
    add('all of node 1 stands still', { first: 'stands still', running: [false, running[1]] });
    add('node 1 dies', { first: 'is off', running: [false, running[1]] });
  }
  if (first === 'stands still')
    add('node 1 goes on, and the guest with it', { first: 'works', running: [true, running[1]] });
  if (first === 'renewer stands still') add('the renewer of node 1 goes on', { first: 'works' });
  if (first !== 'works' && !suspected) add('node 2 loses sight of node 1', { suspected: true });
  if (suspected && !running[1]) {
    if (guard === 'fencing') {
      add('node 2 has node 1 fenced, and starts the VM', {
        first: 'is off',
        running: [false, true],
        holder: 2,
        age: 0,
      });
    } else if (!isValid(world, guard)) {
      add('node 2 takes the expired lease, and starts the VM', { running: [running[0], true], holder: 2, age: 0 });
    }
  }
  return found;
}

/** What a guard allows. */
interface Verdict {
  readonly states: number;
  /** The shortest way to a VM that runs twice. */
  readonly twice: readonly string[] | undefined;
  /** A node died, and the VM can never run again. */
  readonly lost: readonly string[] | undefined;
}

/** Goes through every order of what can happen, breadth first; of what is called by these names only where `may` says so. */
export function judge(guard: Guard, may: (name: string) => boolean = () => true): Verdict {
  const start = JSON.stringify(begin);
  const ways = new Map<string, readonly string[]>([[start, []]]);
  const before = new Map<string, string[]>();
  for (const key of ways.keys()) {
    for (const [name, next] of steps(JSON.parse(key), guard).filter(([name]) => may(name))) {
      const after = JSON.stringify(next);
      before.set(after, [...(before.get(after) ?? []), key]);
      if (!ways.has(after)) ways.set(after, [...(ways.get(key) ?? []), name]);
    }
  }
  const first = (isIt: (world: World) => boolean, among = ways.keys()) => {
    for (const key of among) if (isIt(JSON.parse(key))) return ways.get(key);
    return undefined;
  };
  // From where the VM can come to run again.
  const hopeful = [...ways.keys()].filter((key) => (JSON.parse(key) as World).running.some(Boolean));
  const hope = new Set(hopeful);
  for (const key of hope) for (const earlier of before.get(key) ?? []) hope.add(earlier);
  const hopeless = [...ways.keys()].filter((key) => !hope.has(key));
  return {
    states: ways.size,
    twice: first(({ running }) => running[0] && running[1]),
    lost: first(() => true, hopeless.values()),
  };
}
