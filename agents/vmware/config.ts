import { readVmx } from '../../lib/hypervisor/vmware/suspended.ts';
import type { Vmx } from '../../lib/hypervisor/vmware/vmx-file.ts';
import { notInstalled } from '../../lib/ocf/error.ts';

/**
 * Reads the .vmx file.
 *
 * @throws OcfError exit 5 when it cannot be read on this node, or sets nothing.
 */
export function readConfig(vmxpath: string): Vmx {
  let vmx: Vmx;
  try {
    vmx = readVmx(vmxpath);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw notInstalled(
      `vmxpath ${vmxpath} cannot be read on this node (${why})`,
      'put the file there, or mount the storage that holds it',
    );
  }
  if (vmx.size > 0) return vmx;
  throw notInstalled(`vmxpath ${vmxpath} holds no setting of a VM`, 'restore the file');
}

/** The .vmx file, or undefined where it cannot be read: a stop and a monitor go on without it. */
export function readConfigIfAny(vmxpath: string): Vmx | undefined {
  try {
    return readVmx(vmxpath);
  } catch {
    return undefined;
  }
}
