import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { bringUp } from './bring-up.ts';
import { type VmwareContext, vmOf } from './vm.ts';

/**
 * Completes a migration on the target: registers the VM, keeps its UUID and resumes it. A VM that runs here already is
 * one that an earlier attempt resumed; one that has no suspended state is not booted.
 */
export async function migrateFrom(context: VmwareContext): Promise<Exit> {
  const vm = await vmOf(context);
  await bringUp(vm, context, true);
  if (context.parameters.monitor_scripts !== undefined) {
    await (await import('../shared/monitor-scripts.ts')).waitForMonitorScripts(vm, context);
  }
  return exit.success;
}
