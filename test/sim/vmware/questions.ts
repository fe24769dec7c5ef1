import { vmwareHost } from './settings.ts';
import type { Product, Question } from './vm.ts';

type Words = Omit<Question, 'id'>;

/** Whether the VM was moved or copied. Server 1 and the products with an inventory of hostd word it differently. */
export function uuidQuestion(product: Product): Words {
  if (product === 'server1') {
    const text =
      "The location of this virtual machine's configuration file has changed since it was last powered on.\n\n" +
      'Do you want to create a new unique identifier (UUID) for the virtual machine or keep the old one?';
    return { message: 'msg.uuid.moved', text, choices: vmwareHost().uuidChoices, preset: 0 };
  }
  const text =
    'This virtual machine may have been moved or copied.\n\n' +
    'To configure certain management and networking features VMware ESX needs to know which.\n\n' +
    'Did you move this virtual machine, or did you copy it? If you don\'t know, answer "I copied it".\n';
  return { message: 'msg.uuid.altered', text, choices: ['Cancel', 'I _moved it', 'I _copied it'], preset: 2 };
}

/** The lines of vmware.log and the question when a suspended state was saved on other processors. */
export function cpuQuestion(state: string): { readonly log: readonly string[]; readonly words: Words } {
  const parts = [
    '[msg.checkpoint.cpucheck.fail.feature] The features supported by the processors in this machine are different from the features supported by the processors in the machine on which the virtual machine state was saved.',
    '[msg.checkpoint.cpucheck.fail.hard] Resume on a machine with similar processors.',
    `[msg.checkpoint.restore.cpufail] An error occurred while restoring the CPU state from file "${state}".`,
    '[msg.checkpoint.resume.softError] Your virtual machine did not resume because of a correctable error. Preserve the suspended state and correct the error, or discard the suspended state.',
  ];
  const log = [
    'Error: This host has a usermode feature set incompatible with the host on which it was suspended.',
    'Host: 0x02982203, Checkpoint: 0x00982201',
    'CPUID test failed: 1.ecx.',
    'Msg_Question:',
    ...parts,
  ].map((line) => `I120: ${line}`);
  const text = parts.map((part) => part.replace(/^\[.*?\] /, '')).join('\n');
  return {
    log,
    words: { message: 'msg.checkpoint.resume.softError', text, choices: ['Preserve', 'Discard'], preset: 0 },
  };
}

/** What a configuration has its VM ask: `TEXT`, or `msg.name:TEXT`. */
export function ownQuestion(text: string, choices: readonly string[]): Words {
  const [, message = 'msg.sim.question', rest = text] = /^(msg\.[\w.]+):(.*)$/s.exec(text) ?? [];
  return { message, text: rest, choices, preset: 0 };
}

/** The dialog of a server whose VM cannot lock its files. */
export function lockQuestion(file: string): Words {
  const text = `Cannot open the disk '${file}' or one of the snapshot disks it depends on.\nReason: Failed to lock the file.`;
  return { message: 'msg.disk.noBackEnd', text, choices: ['OK'], preset: 0 };
}
