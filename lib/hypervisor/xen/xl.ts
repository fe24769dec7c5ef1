import type { Deadline } from '../../ocf/deadline.ts';
import { nativeExecutable } from '../../system/bun.ts';
import type { Runner, RunResult } from '../../system/runner.ts';

/** xl's commands on one domain. They tell what xl answered; what became of the domain only a look tells. */
export interface Xl {
  /** Starts the domain of a configuration file; `overrides` are further lines in the file's syntax. */
  create(file: string, overrides: readonly string[], deadline: Deadline): Promise<RunResult>;
  /** Starts a domain from a memory image, paused. */
  restorePaused(image: string, deadline: Deadline): Promise<RunResult>;
  save(image: string, deadline: Deadline): Promise<RunResult>;
  /** Asks the guest to power off, by its PV driver or else by the ACPI button. */
  shutdown(deadline: Deadline): Promise<RunResult>;
  pressPowerButton(deadline: Deadline): Promise<RunResult>;
  /** Ends a domain at once, by name or id. */
  destroy(domain: string, deadline: Deadline): Promise<RunResult>;
  unpause(deadline: Deadline): RunResult;
  /** Gives a domain its name back. */
  rename(id: number, deadline: Deadline): RunResult;
  /** Lets a suspended domain go on; see resumeDomain, which runs in a process of its own, so that it has a deadline. */
  resume(id: number, deadline: Deadline): Promise<RunResult>;
  /** Sets the memory of a domain by ballooning. */
  setMemory(domain: string, mebibytes: number, deadline: Deadline): RunResult;
}

/** xl on a domain, through a runner; `target` is what means the domain to xl, where that is not its name. */
export function xlOf(runner: Runner, name: string, target = () => name): Xl {
  return {
    create: (file, overrides, deadline) => runner.perform('xl', ['create', file, ...overrides], deadline),
    restorePaused: (image, deadline) => runner.perform('xl', ['restore', '-p', image], deadline),
    save: (image, deadline) => runner.perform('xl', ['save', target(), image], deadline),
    // -F: a guest without PV drivers gets the ACPI button instead of an error (complaint RA#58).
    // Without -w, which never returns for a crashed domain that is preserved (seen on Xen 4.17).
    shutdown: (deadline) => runner.perform('xl', ['shutdown', '-F', target()], deadline),
    pressPowerButton: (deadline) => runner.perform('xl', ['trigger', target(), 'power'], deadline),
    destroy: (domain, deadline) => runner.perform('xl', ['destroy', domain], deadline),
    unpause: (deadline) => runner.query('xl', ['unpause', target()], deadline),
    rename: (id, deadline) => runner.query('xl', ['rename', String(id), name], deadline),
    resume: (id, deadline) => runner.perform(nativeExecutable() ?? 'ocf-virt', ['resume-domain', String(id)], deadline),
    // Always with the unit: xl's default unit is KiB, xm's was MiB.
    setMemory: (domain, mebibytes, deadline) => runner.query('xl', ['mem-set', domain, `${mebibytes}m`], deadline),
  };
}

/** A setting as a line of xl's configuration syntax. The value may hold neither quotes nor backslashes. */
export const setting = (name: string, value: string) => `${name}="${value}"`;
