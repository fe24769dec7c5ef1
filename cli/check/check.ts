import type { Cib } from '../../lib/cluster/cib.ts';
import type { Status } from '../../lib/cluster/status.ts';
import type { NodeAnswer } from '../../lib/survey/ask-nodes.ts';
import type { Sections } from '../../lib/survey/sections.ts';

/** What each node is asked. */
export interface CheckRequest {
  readonly host: Sections['host']['options'];
  readonly network: Sections['network']['options'];
  readonly services: Sections['services']['options'];
  readonly ssh: Sections['ssh']['options'];
  readonly vmConfigs: Sections['vmConfigs']['options'];
}

/** All that the checks may look at. */
export interface ClusterFacts {
  readonly cib: Cib;
  readonly status: Status;
  /** Of the nodes that were asked; `isComplete` says whether these are all. */
  readonly answers: ReadonlyMap<string, NodeAnswer<CheckRequest>>;
  readonly isComplete: boolean;
  /** When each node was asked and had answered: milliseconds since 1970 by the asking node's clock. */
  readonly times: ReadonlyMap<string, { readonly askedMs: number; readonly answeredMs: number }>;
  /** MiB/s that a live migration was measured to move; undefined when only the link's speed is known. */
  readonly measuredRate: number | undefined;
}

/**
 * `problem`: a VM can be damaged, run twice, or will not run when it must. `warning`: it will hurt one day. `note`: worth
 * knowing, and right for some clusters.
 */
export type Severity = 'problem' | 'warning' | 'note';

/** Something that a check found. */
export interface Finding {
  readonly severity: Severity;
  /** One sentence. */
  readonly what: string;
  /** What was seen, one fact a line. */
  readonly evidence: readonly string[];
  /** What to do: a sentence, or a command as its words. */
  readonly remedy: readonly (string | readonly string[])[];
}

/** A pitfall that can be seen from outside. A pure function of the facts. */
export interface Check {
  /** Its name in reports, for example `fencing`. */
  readonly id: string;
  /** What it looks for, for the man page: a sentence without a full stop. */
  readonly about: string;
  readonly find: (facts: ClusterFacts) => readonly Finding[];
}
