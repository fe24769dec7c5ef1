import type { Check, Finding } from './check.ts';
import { factsOf, vmsOf } from './read.ts';

/** Clearly not started at boot. */
const off = ['disabled', 'masked', 'masked-runtime', 'not-found'];

export const xendomains: Check = {
  id: 'xendomains',
  about: "Xen's own service saves, restores or starts domains (XENDOMAINS_SAVE, XENDOMAINS_RESTORE, XENDOMAINS_AUTO)",
  find: (facts) =>
    factsOf(facts, 'services').flatMap(([node, { xendomains }]): Finding[] => {
      const { file, save, restore, auto, enabled } = xendomains;
      if (file === undefined || off.includes(enabled ?? '')) return [];
      const files = new Set(vmsOf(facts.cib).map((vm) => vm.file));
      const started = auto.filter((config) => files.has(config));
      const settings = [
        ...(save === '' ? [] : [`XENDOMAINS_SAVE=${save}`]),
        ...(restore ? ['XENDOMAINS_RESTORE=true'] : []),
      ];
      const findings: Finding[] = [];
      if (settings.length > 0) {
        findings.push({
          severity: 'problem',
          what: `xendomains on ${node} saves and restores VMs with the host: one that runs elsewhere by then runs twice.`,
          evidence: [`${file}: ${settings.join(', ')}`],
          remedy: [
            [
              ...['ssh', node, 'sed', '-i'],
              ...['-e', '"s/^XENDOMAINS_SAVE=.*/XENDOMAINS_SAVE=/"'],
              ...['-e', '"s/^XENDOMAINS_RESTORE=.*/XENDOMAINS_RESTORE=false/"', file],
            ],
          ],
        });
      }
      if (started.length > 0) {
        findings.push({
          severity: 'problem',
          what: `xendomains on ${node} starts VMs of the cluster at boot: one that runs elsewhere runs twice.`,
          evidence: started.map((config) => `XENDOMAINS_AUTO holds ${config}`),
          remedy: [
            'remove the link from the folder of XENDOMAINS_AUTO, often /etc/xen/auto:',
            ['ssh', node, 'ls', '-l', '/etc/xen/auto'],
          ],
        });
      }
      return findings;
    }),
};
