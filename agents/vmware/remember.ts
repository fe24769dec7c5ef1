import type { Entry } from '../../lib/hypervisor/vmware/vmware-state.ts';
import type { Vm, VmwareContext } from './vm.ts';

/** Remembers how the toolstack names a VM that was just seen, and writes only what changed. */
export function remember(entry: Entry | undefined, vm: Vm, { log }: VmwareContext): void {
  const { facts, vmxpath } = vm;
  const toolstack = vm.toolstack();
  const same = facts?.toolstack === toolstack && facts.entry?.id === entry?.id && facts.entry?.file === entry?.file;
  if (same && !facts.unknownMonitors) return;
  if (facts?.unknownMonitors) {
    log.info(`${vm.label}: the toolstack answers again after ${facts.unknownMonitors} unanswered monitors`);
  }
  vm.memory.write({ vmxpath, toolstack, entry });
}
