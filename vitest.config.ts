import { defineConfig } from 'vitest/config';

interface Limits {
  readonly testTimeout: number;
  readonly hookTimeout: number;
  readonly parallel: boolean | number;
  /** Projects of a later group wait for those of an earlier one. */
  readonly group?: number;
  readonly setup?: string;
}

const project = (name: string, { group = 0, setup, ...limits }: Limits) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    sequence: { groupOrder: group },
    testTimeout: limits.testTimeout,
    hookTimeout: limits.hookTimeout,
    maxConcurrency: 12,
    ...(setup === undefined ? {} : { setupFiles: [setup] }),
    ...(typeof limits.parallel === 'number' ? { maxWorkers: limits.parallel } : { fileParallelism: limits.parallel }),
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', {
        testTimeout: 20_000,
        hookTimeout: 20_000,
        parallel: true,
        setup: 'test/support/same-inputs.ts',
      }),
      project('faults', { testTimeout: 600_000, hookTimeout: 60_000, parallel: true }),
      project('contract', { testTimeout: 60_000, hookTimeout: 120_000, parallel: true }),
      project('bundle', { testTimeout: 120_000, hookTimeout: 300_000, parallel: 2 }),
      project('report', { testTimeout: 120_000, hookTimeout: 120_000, parallel: false }),
      project('cluster', { testTimeout: 300_000, hookTimeout: 300_000, parallel: 3 }),
      project('chaos', { testTimeout: 300_000, hookTimeout: 300_000, parallel: false }),
      project('package', { testTimeout: 300_000, hookTimeout: 300_000, parallel: false }),
      project('install', { testTimeout: 900_000, hookTimeout: 900_000, parallel: false }),
      project('xen/one-host', { testTimeout: 600_000, hookTimeout: 900_000, parallel: 2, group: 1 }),
      project('xen/two-hosts', { testTimeout: 900_000, hookTimeout: 900_000, parallel: false, group: 2 }),
      project('xen/under-pacemaker', { testTimeout: 900_000, hookTimeout: 900_000, parallel: false, group: 3 }),
    ],
  },
});
