import type { Check, Finding } from './check.ts';
import { configsOf, factsOf, vmsOf } from './read.ts';

export const lvm: Check = {
  id: 'lvm',
  about: 'disks of VMs are logical volumes of a group that several nodes see, and nothing locks it in the cluster',
  find: (facts) => {
    const { cib } = facts;
    const paths = new Set(
      vmsOf(cib).flatMap((vm) =>
        configsOf(facts, vm).flatMap(([, config]) =>
          config.kind === 'read' ? config.storage.map(({ path }) => path) : [],
        ),
      ),
    );
    const services = factsOf(facts, 'services').flatMap(([node, { lvm }]) =>
      lvm === undefined ? [] : [{ node, lvm }],
    );
    const groups = new Set(services.flatMap(({ lvm }) => lvm.groups));
    const uses = (group: string) =>
      [...paths].filter(
        (path) => path.startsWith(`/dev/${group}/`) || path.startsWith(`/dev/mapper/${group.replaceAll('-', '--')}-`),
      );
    // LVM-activate gives a group to one node at a time by itself (system_id, tagging).
    const exclusive = new Set(
      cib.resources
        .filter(
          ({ agent, parameters }) =>
            agent === 'ocf:heartbeat:LVM-activate' &&
            ['system_id', 'tagging'].includes(parameters['vg_access_mode'] ?? ''),
        )
        .map(({ parameters }) => parameters['vgname']),
    );
    return [...groups].flatMap((group): Finding[] => {
      const seenBy = services.filter(({ lvm }) => lvm.groups.includes(group));
      if (seenBy.length < 2 || uses(group).length === 0 || exclusive.has(group)) return [];
      const loose = seenBy.filter(({ lvm }) => !lvm.sharedGroups.includes(group));
      const unlocked = seenBy.filter(
        ({ lvm }) => lvm.sharedGroups.includes(group) && !lvm.runsLvmlockd && !lvm.runsClvmd,
      );
      const cached = seenBy.filter(({ lvm }) => lvm.runsClvmd && lvm.settings['use_lvmetad'] === '1');
      const evidence = [
        ...(loose.length === 0 ? [] : [`not shared: on ${loose.map(({ node }) => node).join(', ')}`]),
        ...(unlocked.length === 0
          ? []
          : [`neither lvmlockd nor clvmd runs on ${unlocked.map(({ node }) => node).join(', ')}`]),
        ...(cached.length === 0 ? [] : [`use_lvmetad=1 beside clvmd on ${cached.map(({ node }) => node).join(', ')}`]),
      ];
      if (evidence.length === 0) return [];
      return [
        {
          severity: 'warning',
          what: `${seenBy.length} nodes see the volume group ${group} and change it without a lock: its metadata can be destroyed.`,
          evidence: [...evidence, `disks in it: ${uses(group).slice(0, 3).join(', ')}`],
          remedy: [
            'with the agents ocf:pacemaker:controld and ocf:heartbeat:lvmlockd as a clone, and use_lvmlockd=1 in lvm.conf (before LVM 2.03: clvmd, locking_type=3, use_lvmetad=0), on one node:',
            ['vgchange', '--lock-type', 'dlm', group],
          ],
        },
      ];
    });
  },
};
