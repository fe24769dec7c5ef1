import type { AnyCommand } from './command.ts';
import { agentsCommand } from './commands/agents.ts';
import { describeCommand } from './commands/describe.ts';
import { resumeDomainCommand } from './commands/resume-domain.ts';
import { surveyCommand } from './commands/survey.ts';
import { whereCommand } from './commands/where.ts';

/** Every command, in the order of the help. */
export const commands: readonly AnyCommand[] = [
  whereCommand,
  agentsCommand,
  describeCommand,
  resumeDomainCommand,
  surveyCommand,
];
