import type { Check, Finding } from './check.ts';
import { setTimeoutCommand, timeoutOf, vmsOf } from './read.ts';

/** A parameter of the agent that is a part of an operation's time. */
const parts = [
  {
    parameter: 'shutdown_timeout',
    operation: 'stop',
    consequence:
      'the guest may take all of it, and no time is left to end it by force: the stop fails, the node is fenced',
  },
  {
    parameter: 'migration_timeout',
    operation: 'migrate_to',
    consequence: 'Pacemaker kills a slow migration before the agent can end it in good order',
  },
] as const;

export const deadlines: Check = {
  id: 'deadlines',
  about: "an agent's own timeout is not shorter than that of its operation",
  find: ({ cib }) =>
    vmsOf(cib).flatMap((vm) =>
      parts.flatMap(({ parameter, operation, consequence }): Finding[] => {
        const own = Number.parseInt(vm.parameters[parameter] ?? '', 10);
        const seconds = timeoutOf(cib, vm, operation);
        // What the agent keeps to clean up and to report.
        if (Number.isNaN(own) || own < seconds * 0.9) return [];
        return [
          {
            severity: 'problem',
            what: `${parameter} of ${vm.id} is too long for the timeout of ${operation}: ${consequence}.`,
            evidence: [`${parameter}=${own} s, timeout of ${operation} ${seconds} s`],
            remedy: [setTimeoutCommand(vm, operation, Math.ceil(own * 1.5))],
          },
        ];
      }),
    ),
};
