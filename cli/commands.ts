import type { AnyCommand } from './command.ts';
import { adoptCommand } from './commands/adopt.ts';
import { agentsCommand } from './commands/agents.ts';
import { alarmTestCommand } from './commands/alarm-test.ts';
import {
  attributeGetCommand,
  attributeListCommand,
  attributeSetCommand,
  attributeUnsetCommand,
} from './commands/attribute.ts';
import { capacityCommand } from './commands/capacity.ts';
import { checkCommand } from './commands/check.ts';
import { describeCommand } from './commands/describe.ts';
import { drainCommand } from './commands/drain.ts';
import { eventsCommand } from './commands/events.ts';
import { initCommand } from './commands/init.ts';
import { migrateCommand } from './commands/migrate.ts';
import {
  migrationAddressCheckCommand,
  migrationAddressListCommand,
  migrationAddressSetCommand,
  migrationAddressUnsetCommand,
} from './commands/migration-address.ts';
import { primitiveVmwareCommand, primitiveXenCommand } from './commands/primitive.ts';
import { reportCommand } from './commands/report.ts';
import { resumeDomainCommand } from './commands/resume-domain.ts';
import { runCommand } from './commands/run.ts';
import { surveyCommand } from './commands/survey.ts';
import { undrainCommand } from './commands/undrain.ts';
import { whereCommand } from './commands/where.ts';

/** What ocf-virt is for. */
export const about = 'Helps to run virtual machines under Pacemaker with the agents ocf:virt:*.';

/** What the commands of one first word have in common. */
export const groups: Readonly<Record<string, string>> = {
  attribute: 'the attributes and capacities of the nodes',
  'migration-address': 'over which address each node receives live migrations',
  primitive: 'make the resource of a VM out of its configuration file',
};

/** Every command, in the order of the help. */
export const commands: readonly AnyCommand[] = [
  whereCommand,
  migrateCommand,
  drainCommand,
  undrainCommand,
  eventsCommand,
  reportCommand,
  alarmTestCommand,
  attributeListCommand,
  attributeGetCommand,
  attributeSetCommand,
  attributeUnsetCommand,
  migrationAddressListCommand,
  migrationAddressSetCommand,
  migrationAddressUnsetCommand,
  migrationAddressCheckCommand,
  checkCommand,
  capacityCommand,
  initCommand,
  primitiveXenCommand,
  primitiveVmwareCommand,
  adoptCommand,
  runCommand,
  agentsCommand,
  describeCommand,
  resumeDomainCommand,
  surveyCommand,
];
