import { statSync } from 'node:fs';
import { vmxValues } from '../../lib/hypervisor/vmware/vmx-file.ts';
import { notInstalled } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { readConfig } from './config.ts';
import { type VmwareContext, vmOf } from './vm.ts';

/**
 * validate-all. At level 0 only the parameters, which were checked before this is called, because OCF 1.1 forbids it
 * to look at the node; from level 10 the node too: the .vmx file, the toolstack and its login, the scripts.
 */
export async function validate(context: VmwareContext): Promise<Exit> {
  const { environment, parameters, deadline, log } = context;
  if (environment.checkLevel < 10) return exit.success;
  const vmx = readConfig(parameters.vmxpath);
  const vm = await vmOf(context);
  const state = await vm.look(deadline);
  if (state.kind === 'unknown' && state.notInstalled) {
    throw notInstalled(state.why, 'install the command line tool of VMware on this node');
  }
  if (vm.toolstack() === 'vmrun' && vmxValues(vmx, 'uuid.action').length === 0) {
    log.warn(`${parameters.vmxpath} has no uuid.action = "keep": vmrun fails where VMware asks about the UUID`);
  }
  for (const file of parameters.monitor_scripts?.split(/\s+/) ?? []) {
    if (file !== '' && statSync(file, { throwIfNoEntry: false }) === undefined) {
      throw notInstalled(`${file} is not on this node`, 'put it there, or correct monitor_scripts');
    }
  }
  return exit.success;
}

/** reload-agent: reloadable parameters are read anew by every action, so that a valid set is all it takes. */
export async function reload({ log, environment }: VmwareContext): Promise<Exit> {
  log.info(`${environment.instance}: the changed parameters are valid from now on`);
  return exit.success;
}
