/** The part of Bun that is used, where the native form runs. */
export interface Bun {
  mmap(path: string, options: { readonly shared: boolean }): Uint8Array;
  spawnSync(
    command: readonly string[],
    options: {
      readonly stdin: 'ignore';
      readonly stdout: 'pipe';
      readonly stderr: 'pipe';
      readonly timeout: number;
      readonly killSignal: 'SIGKILL';
      readonly maxBuffer: number;
      readonly env: NodeJS.ProcessEnv;
    },
  ): BunSpawned;
  spawn(
    command: readonly string[],
    options: {
      readonly stdin: 'ignore' | Uint8Array;
      readonly stdout: 'pipe';
      readonly stderr: 'pipe';
      readonly env: NodeJS.ProcessEnv;
    },
  ): BunProcess;
}

export interface BunProcess {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves at the end. */
  readonly exited: Promise<number>;
  /** null when a signal ended it. */
  readonly exitCode: number | null;
}

export interface BunSpawned {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitedDueToTimeout?: boolean;
  readonly exitedDueToMaxBuffer?: boolean;
}

/**
 * Bun itself in the native form, undefined in the node form.
 *
 * In the native form a monitor spends most of its own time on loading Node's modules: node:fs costs 0.8 ms and
 * node:child_process 0.3 ms of 7. So what a monitor of a running domain needs is done by Bun directly, and those
 * modules are taken when they are needed (`process.getBuiltinModule`).
 */
export const bun = (globalThis as { Bun?: Bun }).Bun;

/** node:fs, loaded when it is first needed. */
export const fs = () => process.getBuiltinModule('node:fs');

/** This executable in the native form, where the program that runs is the product itself; undefined in the node form. */
export const nativeExecutable = () => (bun === undefined ? undefined : process.execPath);

/** The command that runs this program again: the executable of the native form, or node and the script. */
export const ownCommand = (): readonly [string, ...string[]] =>
  bun === undefined ? [process.execPath, process.argv[1] ?? ''] : [process.execPath];
