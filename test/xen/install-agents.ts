import { readdirSync } from 'node:fs';
import type { Host } from './host.ts';

export const forms = ['native', 'node'] as const;
export type Form = (typeof forms)[number];

/** The folder of a host's agents that holds a form; Pacemaker's own is the native one. */
export const providerOf: Readonly<Record<Form, string>> = { native: 'virt', node: 'virt-node' };

/** Installs the package of the native form, whose provider is `virt`, and the agents of the node form as `virt-node`. */
export async function installAgents(host: Host): Promise<void> {
  const [deb] = readdirSync('dist/packages').filter((name) => /^ocf-virt_.*_amd64\.deb$/.test(name));
  if (deb === undefined) throw new Error('there is no package: npm run package');
  await host.copyFolder('dist/packages', '/root', [deb]);
  await host.must(`dpkg --install /root/${deb} && rm /root/${deb}`, { timeout: 300 });
  await host.copyFolder('dist/node/usr/lib/ocf/resource.d/virt', '/usr/lib/ocf/resource.d/virt-node');
  // The power of these hosts may be cut at any time.
  await host.must('sync');
}
