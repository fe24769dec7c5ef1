import type { StateRow } from '../../lib/agent/define.ts';
import type { VmwareStateKind } from '../../lib/hypervisor/vmware/vmware-state.ts';
import { exit } from '../../lib/ocf/exit.ts';

const { success, generic, notRunning } = exit;

/** The one table of state and action, which the actions follow and the documentation prints. */
export const states = {
  running: {
    monitor: success,
    passes: false,
    start: success,
    stop: success,
    migrate_to: success,
    migrate_from: success,
    meaning: 'runs',
    handling: 'start: nothing. stop: by stop_method. migrate_to: suspends and unregisters.',
  },
  asking: {
    monitor: generic,
    passes: false,
    start: generic,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'waits for the answer to a question',
    handling:
      'start, migrate_from, monitor: answer by uuid_action and answer_questions, else fail with the question. stop: cancels a start that asks, else powers off.',
  },
  suspended: {
    monitor: notRunning,
    passes: false,
    start: success,
    stop: success,
    migrate_to: success,
    migrate_from: success,
    meaning: 'is suspended to disk',
    handling: 'start, migrate_from: register and resume. stop, migrate_to: unregister.',
  },
  off: {
    monitor: notRunning,
    passes: false,
    start: success,
    stop: success,
    migrate_to: notRunning,
    migrate_from: generic,
    meaning: 'is powered off on this node, or not registered',
    handling: 'start: registers and powers on. stop: unregisters.',
  },
  lingering: {
    monitor: generic,
    passes: true,
    start: generic,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'is off by the word of the toolstack, but a process of it lives on this node',
    handling: 'All wait until it has ended. stop: kills the process in the last part of its time, but not with soft.',
  },
  unknown: {
    monitor: generic,
    passes: true,
    start: generic,
    stop: generic,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'is in a state that the toolstack does not tell',
    handling:
      'All ask again until toolstack_timeout or the deadline. monitor: 190 while unknown_tolerance lasts and a process or a lock shows the VM alive; a probe on a node without the toolstack: 5.',
  },
} as const satisfies Record<VmwareStateKind, StateRow>;
