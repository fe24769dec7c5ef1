import { baseName } from '../../system/base-name.ts';
import type { Process } from '../../system/process-table.ts';

/**
 * The processes that run a VM on this host: `vmware-vmx` with the path of the .vmx among its arguments, exactly.
 *
 * @param paths the path as configured, and where its symbolic links lead.
 */
export function vmProcesses(all: readonly Process[], paths: readonly string[]): readonly Process[] {
  return all.filter(
    ({ args }) =>
      /^vmware-vmx(-debug|-stats)?$/.test(baseName(args[0] ?? '')) && args.some((arg) => paths.includes(arg)),
  );
}

/**
 * The tools that are about to power a VM on: their action may have been killed, and the VM would come up behind it.
 *
 * @param names what the tools call the VM: its path, its file in a datastore.
 * @param id its number with vmware-vim-cmd.
 */
export function startingProcesses(
  all: readonly Process[],
  names: readonly string[],
  id: string | undefined,
): readonly Process[] {
  return all.filter(({ args }) => {
    const [verb, name] = args.slice(-2);
    if (verb === 'vmsvc/power.on') return name === id || names.some((one) => name?.includes(one));
    // vmware-cmd VMX start [MODE], vmrun … start VMX [nogui]
    const at = args.indexOf('start', 1);
    return at > 0 && names.some((one) => args[at - 1] === one || args[at + 1] === one);
  });
}
