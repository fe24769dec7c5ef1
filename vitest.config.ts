import { defineConfig } from 'vitest/config';

const project = (name: string, limits: { testTimeout: number; hookTimeout: number; parallel: boolean }) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: limits.testTimeout,
    hookTimeout: limits.hookTimeout,
    maxConcurrency: 12,
    fileParallelism: limits.parallel,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', { testTimeout: 20_000, hookTimeout: 20_000, parallel: true }),
      project('contract', { testTimeout: 60_000, hookTimeout: 120_000, parallel: true }),
      project('bundle', { testTimeout: 120_000, hookTimeout: 300_000, parallel: false }),
      project('cluster', { testTimeout: 300_000, hookTimeout: 300_000, parallel: false }),
      project('xen', { testTimeout: 600_000, hookTimeout: 900_000, parallel: false }),
    ],
  },
});
