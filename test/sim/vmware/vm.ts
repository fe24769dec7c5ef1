import { now as clockNow } from '../clock.ts';
import type { ProcessId } from '../process.ts';
import { type Vmx, valuesOf } from './vmx.ts';

/** The product whose tool started a VM: it words the questions and decides how the process begins. */
export type Product = 'ws' | 'player' | 'server1' | 'server2';

/** A question that holds a VM up until it is answered. */
export interface Question {
  readonly id: number;
  /** VMware's name of it. */
  readonly message: string;
  readonly text: string;
  readonly choices: readonly string[];
  /** Which choice is taken when nobody chooses. */
  readonly preset: number;
}

/** How a guest behaves: the `sim.` keys of its .vmx, and what VMware itself reads there. */
export interface Behaviour {
  readonly startSeconds: number;
  readonly bootSeconds: number;
  readonly shutdownSeconds: number;
  readonly suspendSeconds: number;
  readonly resumeSeconds: number;
  readonly crashAfter: number | null;
  readonly ignoresShutdown: boolean;
  readonly hasTools: boolean;
  readonly locking: boolean;
  readonly address: string | null;
  readonly question: string | null;
  readonly questionAfter: number | null;
  readonly questionChoices: readonly string[];
}

/** Something that happens to a VM by itself. */
export interface Due {
  readonly what: 'running' | 'resumed' | 'suspended' | 'shutdown' | 'reboot' | 'crash' | 'ask';
  readonly at: number;
}

/** A VM that has a process on this host. Times are milliseconds. */
export interface Vm {
  /** The path of its configuration without symbolic links. */
  readonly path: string;
  readonly product: Product;
  readonly process: ProcessId;
  uuid: string;
  behaviour: Behaviour;
  /** The members of the locks it holds. */
  members: string[];
  phase: 'asking' | 'starting' | 'resuming' | 'running' | 'paused' | 'suspending';
  question: Question | null;
  /** The command that takes its locks; a VM whose starter died meanwhile never began. */
  starter: ProcessId | null;
  /** Questions that were answered: they are not asked twice. */
  answered: string[];
  /** Whether it began from a suspended state. */
  resumes: boolean;
  /** Since when the guest has been up, and from when its Tools answer. */
  since: number;
  toolsFrom: number;
  due: Due[];
}

/** Everything that dies with the boot of the host. */
export interface State {
  /** The number of the last entry of the inventory, and of the last question. */
  lastId: number;
  lastQuestion: number;
  vms: Vm[];
  timer: { process: ProcessId; at: number } | null;
}

/** Reads the behaviour of a VM from its configuration. */
export function behaviourOf(vmx: Vmx): Behaviour {
  const values = valuesOf(vmx);
  const number = (key: string, otherwise: number) => Number(values.get(`sim.${key.toLowerCase()}`) ?? otherwise);
  const optional = (key: string) => values.get(`sim.${key.toLowerCase()}`) ?? null;
  const isFalse = (key: string) => /^(false|0|no)$/i.test(optional(key) ?? '');
  const crashAfter = optional('crashAfter');
  const questionAfter = optional('questionAfter');
  return {
    startSeconds: number('startSeconds', 0.1),
    bootSeconds: number('bootSeconds', 1),
    shutdownSeconds: number('shutdownSeconds', 0.3),
    suspendSeconds: number('suspendSeconds', 0.3),
    resumeSeconds: number('resumeSeconds', 0.3),
    crashAfter: crashAfter === null ? null : Number(crashAfter),
    ignoresShutdown: optional('shutdown') === 'ignore',
    hasTools: !isFalse('tools'),
    locking: !/^(true|1|yes)$/i.test(optional('noLocking') ?? ''),
    address: optional('ip'),
    question: optional('question'),
    questionAfter: questionAfter === null ? null : Number(questionAfter),
    questionChoices: (optional('questionChoices') ?? 'OK').split(',').map((choice) => choice.trim()),
  };
}

/** What the Tools in the guest say of themselves. */
export function toolsOf(vm: Vm | undefined, behaviour: Behaviour, now = clockNow()): 'none' | 'silent' | 'running' {
  if (!behaviour.hasTools) return 'none';
  return vm?.phase === 'running' && now >= vm.toolsFrom ? 'running' : 'silent';
}
