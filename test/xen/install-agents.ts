import type { Host } from './host.ts';

export const forms = ['native', 'node'] as const;
export type Form = (typeof forms)[number];

/** The folder of a host's agents that holds a form; Pacemaker's own is the native one. */
export const providerOf: Readonly<Record<Form, string>> = { native: 'virt', node: 'virt-node' };

/** Installs both forms of the built agents: the native one as provider `virt`, the node one as `virt-node`. */
export async function installAgents(host: Host): Promise<void> {
  await host.copyFolder('dist/native', '/');
  await host.copyFolder('dist/node/usr/lib/ocf/resource.d/virt', '/usr/lib/ocf/resource.d/virt-node');
  // The power of these hosts may be cut at any time.
  await host.must('sync');
}
