import { expect, it } from 'vitest';
import { exitReasonIn } from '../../../../lib/survey/exit-reasons.ts';

const log = `Nov 21 09:40:24.702 node2 pacemaker-execd     [112] (log_op_output) 	info: vm01_migrate_to_0[256] error output [ INFO: vm01: live migration to node3 ]
Nov 21 09:41:37.298 node2 pacemaker-execd     [112] (log_op_output) 	info: vm01_migrate_to_0[435] error output [ ocf-exit-reason:an old one ]
Nov 21 09:42:37.298 node2 pacemaker-execd     [112] (log_op_output) 	info: vm01_migrate_to_0[436] error output [ ocf-exit-reason:ssh to 10.0.0.9 failed: [x]. Try it ]
Nov 21 09:42:37.298 node2 pacemaker-execd     [112] (log_op_output) 	info: vm011_migrate_to_0[437] error output [ ocf-exit-reason:of another VM ]
Nov 21 09:42:37.302 node2 pacemaker-controld  [115] (log_executor_event) 	notice: vm02_migrate_to_0@node2 output [ ocf-exit-reason:as the controller writes it\\n ]
`;

it.each([
  ['vm01_migrate_to_0', 'ssh to 10.0.0.9 failed: [x]. Try it'],
  ['vm02_migrate_to_0', 'as the controller writes it'],
  ['vm1_migrate_to_0', undefined],
  ['m01_migrate_to_0', undefined],
])('the log has as the last reason of %s: %s', (key, reason) => {
  expect(exitReasonIn(log, key)).toBe(reason);
});
