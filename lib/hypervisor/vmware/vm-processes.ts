import { basename } from 'node:path';
import type { Process } from '../../system/process-table.ts';

/**
 * The processes that run a VM on this host: `vmware-vmx` with the path of the .vmx among its arguments, exactly.
 *
 * @param paths the path as configured, and where its symbolic links lead.
 */
export function vmProcesses(all: readonly Process[], paths: readonly string[]): readonly Process[] {
  return all.filter(
    ({ args }) =>
      /^vmware-vmx(-debug|-stats)?$/.test(basename(args[0] ?? '')) && args.some((arg) => paths.includes(arg)),
  );
}
