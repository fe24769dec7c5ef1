import { Refusal } from './refusal.ts';
import { vmwareHost } from './settings.ts';

export const powerNames = {
  poweredOn: 'Powered On',
  poweredOff: 'Powered Off',
  suspended: 'Suspended',
} as const;
export type PowerState = keyof typeof powerNames;

/** A fault as vim-cmd prints it, behind what it printed before. */
export function fault(type: string, fields: readonly string[], message: string): Refusal {
  const lines = ['dynamicType = <unset>', 'faultCause = (vmodl.MethodFault) null', ...fields, `msg = "${message}"`];
  const stdout = `(${type}) {\n${lines.map((line) => `  ${line},\n`).join('')}}\n`;
  return new Refusal({ stdout, exit: vmwareHost().vimFaultExit });
}

/** The words of later versions. */
export const failed = (operation: string) =>
  new Refusal({ stdout: `${operation} failed\n`, exit: vmwareHost().vimFaultExit });

/** A power operation that does not fit the state. Later versions only say that it failed. */
export function wrongState(requested: PowerState, existing: PowerState, operation: string): Refusal {
  if (vmwareHost().vimCmd === 'esxi') return failed(operation);
  return fault(
    'vim.fault.InvalidPowerState',
    [`requestedState = "${requested}"`, `existingState = "${existing}"`],
    `The attempted operation cannot be performed in the current state (${powerNames[existing]}).`,
  );
}

export const noSuchVm = (name: string) =>
  fault('vim.fault.NotFound', [], `Unable to find a VM corresponding to "${name}"`);

export const noSuchFile = () => fault('vim.fault.NotFound', [], 'The object or item referred to could not be found.');

export const exists = (id: number) =>
  fault('vim.fault.AlreadyExists', [`name = "${id}"`], 'The specified key, name, or identifier already exists.');
