import type { AnyAgent } from '../lib/agent/define.ts';

/**
 * The one registry of agents, by file name: build, docs, CLI and tests read it. Each is loaded on demand, because the
 * native form holds all of them in one executable.
 */
export const agents: Readonly<Record<string, () => Promise<AnyAgent>>> = {
  Xen: async () => (await import('./xen/agent.ts')).xen,
  MigrationAddress: async () => (await import('./migration-address/agent.ts')).migrationAddress,
  VMware: async () => (await import('./vmware/agent.ts')).vmware,
  VMWatch: async () => (await import('./vmwatch/agent.ts')).vmwatch,
};
