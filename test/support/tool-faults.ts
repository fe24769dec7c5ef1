import type { Fault } from '../sim/faults.ts';

/** Faults of a real tool, of whatever hypervisor, as the simulated one plays them. */
export const toolFaults: Readonly<Record<string, Fault>> = {
  'fails as without a hypervisor behind it': { kind: 'error' },
  'exits with 1 and says nothing': { kind: 'error', stdout: '', stderr: '', exit: 1 },
  hangs: { kind: 'hang' },
  'hangs and ignores SIGTERM': { kind: 'hang-hard' },
  'prints garbage': { kind: 'garbage' },
  'prints garbage and exits with 1': { kind: 'garbage-exit-1' },
  'prints nothing': { kind: 'empty' },
  'prints without end': { kind: 'flood', mib: 100 },
  'is slower than any deadline': { kind: 'slow', seconds: 20 },
  'kills itself': { kind: 'killed' },
};

/** The actions that such a fault may meet, each with the interval that Pacemaker gives it. */
export const faultyActions = {
  probe: ['monitor', '0'],
  monitor: ['monitor', '10000'],
  start: ['start', '0'],
  stop: ['stop', '0'],
  migrate_to: ['migrate_to', '0'],
  migrate_from: ['migrate_from', '0'],
} as const;
