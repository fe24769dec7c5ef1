import { isHostAddress } from '../../lib/ocf/address.ts';
import { nodeNames } from '../cluster-nodes.ts';
import type { Check, Finding } from './check.ts';
import { mayRun, setMetaCommand, vmsOf } from './read.ts';

export const migrationAddress: Check = {
  id: 'migration-address',
  about: 'a VM does not migrate live, or a node has no address for it',
  find: ({ cib }) => {
    const findings: Finding[] = [];
    const vms = vmsOf(cib).filter(({ hypervisor }) => hypervisor === 'xen');
    const still = vms.filter(({ isMigratable }) => !isMigratable);
    if (still.length > 0) {
      findings.push({
        severity: 'note',
        what: 'VMs without allow-migrate=true are shut down and started anew when they move.',
        evidence: [still.map(({ id }) => id).join(', ')],
        remedy: still.map((vm) => setMetaCommand(vm, 'allow-migrate', 'true')),
      });
    }
    const moving = vms.filter(({ isMigratable }) => isMigratable);
    const byName = moving.filter(({ parameters }) => parameters['node_ip_attribute'] === undefined);
    if (byName.length > 0) {
      findings.push({
        severity: 'warning',
        what: 'VMs migrate over the network of the node names, beside all other traffic: no migration address is named.',
        evidence: [`node_ip_attribute is not set for ${byName.map(({ id }) => id).join(', ')}`],
        remedy: byName.map(({ id }) => [
          ...['crm_resource', '--resource', id, '--set-parameter', 'node_ip_attribute'],
          ...['--parameter-value', 'ip_livemigration'],
        ]),
      });
    }
    for (const name of new Set(moving.flatMap(({ parameters }) => parameters['node_ip_attribute'] ?? []))) {
      const users = moving.filter(({ parameters }) => parameters['node_ip_attribute'] === name);
      for (const node of cib.nodes.filter((one) => nodeNames(cib).includes(one.name))) {
        if (!users.some((vm) => mayRun(cib, vm, node.name))) continue;
        const value = node.attributes[name] ?? node.transient[name];
        if (value !== undefined && isHostAddress(value)) continue;
        findings.push({
          severity: 'problem',
          what: `No VM can migrate to ${node.name}: its migration address is ${value === undefined ? 'not set' : 'no address'}.`,
          evidence: [
            `node attribute ${name} of ${node.name}: ${value ?? '(not set)'}`,
            `used by ${users.map(({ id }) => id).join(', ')}`,
          ],
          remedy: [
            'with its address on the migration network:',
            [...['crm_attribute', '--type', 'nodes', '--node', node.name], ...['--name', name, '--update', 'ADDRESS']],
          ],
        });
      }
    }
    return findings;
  },
};
