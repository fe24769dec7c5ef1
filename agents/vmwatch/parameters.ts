import type { Parameters } from '../../lib/agent/parameter.ts';

export const parameters = {
  tell_cluster: {
    type: 'flag',
    default: true,
    short: 'tell the cluster of a VM that has died',
    long: 'Whether Pacemaker is told at once (crm_resource --fail) when a VM has died without any action being responsible. If false, deaths are only written into the history, and the monitor of the VM finds them.',
  },
} as const satisfies Parameters;
