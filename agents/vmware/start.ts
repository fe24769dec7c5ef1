import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { bringUp } from './bring-up.ts';
import { type VmwareContext, vmOf } from './vm.ts';

/** Starts the VM: resumes it where it was suspended, else boots it. Returns when it was seen running. */
export async function start(context: VmwareContext): Promise<Exit> {
  const vm = await vmOf(context);
  await bringUp(vm, context, false);
  if (context.parameters.monitor_scripts !== undefined) {
    await (await import('../shared/monitor-scripts.ts')).waitForMonitorScripts(vm, context);
  }
  return exit.success;
}
