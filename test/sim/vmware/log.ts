import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes lines into the vmware.log beside a VM's configuration. */
export function vmwareLog(vmx: string, ...lines: readonly string[]): void {
  try {
    appendFileSync(join(dirname(vmx), 'vmware.log'), lines.map((line) => `vmx| ${line}\n`).join(''));
  } catch {}
}
