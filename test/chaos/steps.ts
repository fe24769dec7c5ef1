import { randomNumbers } from '../support/random-numbers.ts';
import { operations } from './operations/index.ts';

/** What there is to be disturbed. */
export interface Scene {
  readonly nodes: readonly string[];
  readonly xen: readonly string[];
  readonly vmware: readonly string[];
}

/** Chance, as an operation draws its words from it. */
export interface Dice {
  readonly node: () => string;
  readonly vm: () => string;
  readonly xenVm: () => string;
  readonly one: <Item>(items: readonly Item[]) => Item;
  /** A whole number of seconds, as a word. */
  readonly seconds: (least: number, most: number) => string;
}

/** One thing that is done to the cluster, in the words that a person would write. */
export interface Operation {
  /** Seconds after its step began. */
  readonly after: number;
  /** The name of the operation, then what it is about. */
  readonly words: readonly string[];
}

/** What is done to the cluster between two audits: one thing, or two or three into each other. */
export type Step = readonly Operation[];

const moves = ['move', 'hold-move', 'migrate', 'standby', 'restart'];

/** The same step for the same number, without end: every run that begins with a seed does the same. */
export function* drawSteps(seed: number, scene: Scene): Generator<Step, never> {
  const random = randomNumbers(seed);
  const one = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const vms = [...scene.xen, ...scene.vmware];
  // What is done at the same time is often done to the same node and the same VM.
  const again = (items: readonly string[]) => {
    let last: string | undefined;
    return {
      forget: () => {
        last = undefined;
      },
      draw: (from = items) => {
        if (last === undefined || !from.includes(last) || random() < 0.4) last = one(from);
        return last;
      },
    };
  };
  const [node, vm] = [again(scene.nodes), again(vms)];
  const dice: Dice = {
    one,
    node: node.draw,
    vm: vm.draw,
    xenVm: () => vm.draw(scene.xen),
    seconds: (least, most) => String(least + Math.floor(random() * (most - least + 1))),
  };
  const names = Object.entries(operations).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));
  for (;;) {
    for (const { forget } of [node, vm]) forget();
    const count = one([1, 2, 2, 3, 3]);
    const within = one([2, 8]);
    const step = Array.from({ length: count }, (_, index) => {
      // Most that can be interrupted is a move.
      const name = one(index === 0 && count > 1 && random() < 0.5 ? moves : names);
      const after = index === 0 ? 0 : Math.floor(random() * within * 10) / 10;
      return { after, words: [name, ...(operations[name]?.draw(dice) ?? [])] };
    });
    yield step.sort((earlier, later) => earlier.after - later.after);
  }
}

/** A step as one line: `move vm01 node2; after 1.5 crash node1`. */
export function formatStep(step: Step): string {
  return step.map(({ after, words }) => [...(after > 0 ? ['after', after] : []), ...words].join(' ')).join('; ');
}

/**
 * Reads what `formatStep` wrote, or a person.
 *
 * @throws Error when a word is no operation, or a delay no number.
 */
export function parseStep(line: string): Step {
  return line.split(';').map((part) => {
    const words = part.trim().split(/\s+/);
    const isDelayed = words[0] === 'after';
    const after = isDelayed ? Number(words[1]) : 0;
    const rest = isDelayed ? words.slice(2) : words;
    if (!(after >= 0)) throw new Error(`no number of seconds: ${words[1]}, in "${line}"`);
    if (!Object.hasOwn(operations, rest[0] ?? '')) {
      throw new Error(`no such operation: "${rest[0]}", in "${line}". There are: ${Object.keys(operations).join(' ')}`);
    }
    return { after, words: rest };
  });
}

/** Reads steps, one a line; an empty line and one that begins with # say nothing. */
export function parseSteps(text: string): Step[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map(parseStep);
}
