import type { StateRow } from '../../lib/agent/define.ts';
import type { VmStateKind } from '../../lib/hypervisor/vm-state.ts';
import { exit } from '../../lib/ocf/exit.ts';

const { success, generic, notRunning, degraded } = exit;

/**
 * The one table of state and action, which the actions follow and the documentation prints.
 *
 * `incoming` is not "stopped" for a probe: it may come to run at any moment. With multiple-active=stop_unexpected
 * Pacemaker then stops only this copy.
 */
export const states = {
  running: {
    monitor: success,
    passes: false,
    start: success,
    stop: success,
    migrate_to: success,
    migrate_from: success,
    meaning: 'runs',
    handling:
      'start: nothing. probe: waits while a migration or save of it is under way. stop: by stop_method, destroyed when that takes too long.',
  },
  paused: {
    monitor: degraded,
    passes: false,
    start: success,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'is paused',
    handling:
      'start: unpauses. stop: unpauses and stops. monitor: 1 with paused_is_failure. A migration would wait for the guest in vain and is refused.',
  },
  rebooting: {
    monitor: generic,
    passes: true,
    start: success,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'reboots and has not come back',
    handling: 'All wait: the domain comes back under another id within about a second.',
  },
  suspending: {
    monitor: generic,
    passes: false,
    start: generic,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'is suspended by a migration or save that was interrupted',
    handling:
      'monitor: 0 while that migration or save goes on; a probe waits for its end. stop: destroys the suspended copy.',
  },
  saved: {
    monitor: notRunning,
    passes: false,
    start: success,
    stop: success,
    migrate_to: notRunning,
    migrate_from: generic,
    meaning: 'is saved to a memory image',
    handling: 'start: restores the image, once.',
  },
  shutdown: {
    monitor: generic,
    passes: false,
    start: success,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning:
      'has powered off but is still there with its memory and disks (on_poweroff="preserve", or its xl process died)',
    handling:
      'monitor: waits while the xl process of the domain clears it away. start: destroys the remains, then creates. stop: destroys.',
  },
  crashed: {
    monitor: generic,
    passes: false,
    start: success,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'has crashed and is preserved',
    handling: 'start: destroys the remains, then creates. stop: destroys. monitor: 190 with crash_is_failure=false.',
  },
  'half-built': {
    monitor: generic,
    passes: false,
    start: success,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'was left half-built by an xl create that was killed',
    handling:
      'start: destroys the remains, then creates. stop: destroys. Never unpaused: xl would then call it running.',
  },
  dying: {
    monitor: generic,
    passes: true,
    start: success,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'is being taken apart and may still hold its disks',
    handling: 'All wait until it is gone.',
  },
  incoming: {
    monitor: generic,
    passes: true,
    start: generic,
    stop: success,
    migrate_to: generic,
    migrate_from: success,
    meaning: 'arrives, or was left behind, by a migration from another node',
    handling: 'migrate_from: waits. stop: ends the transport, or destroys a copy that nobody sends any more.',
  },
  'migrated-away': {
    monitor: generic,
    passes: true,
    start: generic,
    stop: success,
    migrate_to: generic,
    migrate_from: generic,
    meaning: 'is a suspended copy that was left behind by a migration to another node',
    handling: 'stop: destroys the copy. migrate_to: asks the other end before it says anything.',
  },
  absent: {
    monitor: notRunning,
    passes: false,
    start: success,
    stop: success,
    migrate_to: notRunning,
    migrate_from: generic,
    meaning: 'is not on this node',
    handling: 'start: creates. probe: waits for a receiver that has no domain yet.',
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
      'All ask again until toolstack_timeout or the deadline. monitor: 190 while unknown_tolerance lasts and a second source shows the domain alive; a probe on a node without xl: 5.',
  },
} as const satisfies Record<VmStateKind, StateRow>;
