import type { Check, Finding } from './check.ts';
import { vmsOf } from './read.ts';

export const onFail: Check = {
  id: 'on-fail',
  about: 'a failed operation of a VM is ignored, or blocks it',
  find: ({ cib }) =>
    vmsOf(cib).flatMap((vm) =>
      vm.operations.flatMap((operation): Finding[] => {
        const value = operation.attributes['on-fail'];
        if (value !== 'ignore' && !(value === 'block' && operation.name === 'stop')) return [];
        const what =
          value === 'block'
            ? `When ${vm.id} cannot be stopped, it stays where it is until somebody comes: its node is not fenced.`
            : operation.name === 'stop'
              ? `A failed stop of ${vm.id} counts as done: it starts on another node while it may still run here.`
              : `A failed ${operation.name} of ${vm.id} counts as success.`;
        return [
          {
            severity: value === 'block' ? 'warning' : 'problem',
            what,
            evidence: [`op ${operation.name} of ${vm.id}: on-fail=${value}`],
            remedy: [
              [
                ...['cibadmin', '--modify', '--xml-text'],
                `<op id="${operation.id}" on-fail="${operation.name === 'stop' ? 'fence' : 'restart'}"/>`,
              ],
            ],
          },
        ];
      }),
    ),
};
