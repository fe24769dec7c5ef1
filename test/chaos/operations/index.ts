import { files } from './files.ts';
import { guests } from './guests.ts';
import type { OperationKind } from './kind.ts';
import { nodes } from './nodes.ts';
import { operators } from './operators.ts';
import { programs } from './programs.ts';
import { toolstacks } from './toolstacks.ts';

/** Everything that a step may do, by name. */
export const operations: Readonly<Record<string, OperationKind>> = {
  ...nodes,
  ...programs,
  ...toolstacks,
  ...files,
  ...guests,
  ...operators,
};
