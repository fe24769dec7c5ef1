import { existsSync, readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readRegularFile } from '../../system/regular-file.ts';
import { parseVmx, type Vmx, vmxValues } from './vmx-file.ts';

/** No .vmx file is longer, in bytes. */
const longestVmx = 1 << 20;

/** Reads a .vmx file. Throws as readRegularFile does. */
export const readVmx = (vmxpath: string): Vmx => parseVmx(readRegularFile(vmxpath, longestVmx));

/**
 * The file with the suspended state of a VM that does not run; undefined when it has none.
 *
 * `checkpoint.vmState` names it. A configuration that never had that setting is judged by the files beside it.
 */
export function suspendedState(vmxpath: string, vmx: Vmx): string | undefined {
  const folder = dirname(vmxpath);
  const named = vmxValues(vmx, 'checkpoint.vmState');
  if (named.length > 0)
    return named
      .filter((file) => file !== '')
      .map((file) => resolve(folder, file))
      .find((file) => existsSync(file));
  const found = readdirSync(folder).find((name) => name.endsWith('.vmss'));
  return found === undefined ? undefined : resolve(folder, found);
}
