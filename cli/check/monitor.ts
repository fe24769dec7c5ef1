import { parseInterval } from '../../lib/cluster/cib.ts';
import type { Check, Finding } from './check.ts';
import { addOperationCommand, isFalse, operationsOf, vmsOf } from './read.ts';

export const monitor: Check = {
  id: 'monitor',
  about: 'a VM has no recurring monitor, so that nobody notices its end',
  find: ({ cib }) =>
    vmsOf(cib).flatMap((vm): Finding[] => {
      const all = operationsOf(vm, 'monitor');
      const recurring = all.filter(({ interval }) => (parseInterval(interval) ?? 0) > 0);
      if (recurring.some(({ attributes }) => !isFalse(attributes['enabled']))) return [];
      const off = recurring[0];
      return [
        {
          severity: 'problem',
          what: `${vm.id} is not monitored: when it ends or crashes, the cluster goes on believing that it runs.`,
          evidence: [
            off === undefined
              ? 'no monitor with an interval'
              : `monitor ${off.interval}: enabled=${off.attributes['enabled']}`,
          ],
          remedy: [
            off === undefined
              ? addOperationCommand(vm, `<op id="${vm.id}-monitor-30s" name="monitor" interval="30s" timeout="30s"/>`)
              : ['cibadmin', '--modify', '--xml-text', `<op id="${off.id}" enabled="true"/>`],
          ],
        },
      ];
    }),
};
