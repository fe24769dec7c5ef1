import { type Exit, exit } from './exit.ts';

/**
 * A failure with its exit code, for the one line that the operator sees in `crm_mon`.
 *
 * `message` says what happened, to which VM, in the tool's own words; `remedy` says what to do.
 */
export class OcfError extends Error {
  readonly exit: Exit;
  readonly remedy: string;

  constructor(code: Exit, message: string, remedy: string) {
    super(message);
    this.name = 'OcfError';
    this.exit = code;
    this.remedy = remedy;
  }
}

/** The action failed, and may succeed elsewhere or later (exit 1). */
export const failed = (message: string, remedy: string) => new OcfError(exit.generic, message, remedy);

/** The parameters can work on no node (exit 6): Pacemaker stops the resource everywhere. */
export const notConfigured = (message: string, remedy: string) => new OcfError(exit.notConfigured, message, remedy);

/** A value is invalid on this node only (exit 2). */
export const badArguments = (message: string, remedy: string) => new OcfError(exit.badArguments, message, remedy);

/** A program or a file that the resource needs is not on this node (exit 5). */
export const notInstalled = (message: string, remedy: string) => new OcfError(exit.notInstalled, message, remedy);
