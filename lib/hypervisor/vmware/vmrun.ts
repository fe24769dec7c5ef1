import type { Deadline } from '../../ocf/deadline.ts';
import { lastWords, type RunResult } from '../../system/runner.ts';
import type { Commands, Target } from './toolstack.ts';
import { errorOf } from './vmrun-look.ts';

/**
 * vmrun of Workstation, Player and VMware Server, on one VM.
 *
 * @param hasInventory whether the kind of host has VMs that are registered: the two servers.
 */
export function vmrun({ runner, program, options, vmxpath, known }: Target, hasInventory: boolean): Commands {
  const name = known?.file ?? vmxpath;
  const isRegistered = (deadline: Deadline) => {
    const answer = runner.query(program, [...options, 'listRegisteredVM'], deadline);
    // A header line, then one path a line.
    return complaintOf(answer) === undefined && answer.stdout.split(/\r?\n/).slice(1).includes(name);
  };
  return {
    register: async (deadline) => {
      if (!hasInventory || isRegistered(deadline)) return undefined;
      return complaintOf(await runner.perform(program, [...options, 'register', name], deadline));
    },
    unregister: async (_, deadline) => {
      if (!hasInventory || !isRegistered(deadline)) return undefined;
      return complaintOf(await runner.perform(program, [...options, 'unregister', name], deadline));
    },
    words: (operation, _, hard) => {
      if (operation === 'power on') return ['start', name, ...(hasInventory ? [] : ['nogui'])];
      if (operation === 'suspend') return ['suspend', name, ...(hard ? ['hard'] : [])];
      return ['stop', name, operation === 'power off' ? 'hard' : 'soft'];
    },
    complaint: complaintOf,
    // vmrun has no command for questions: it cancels what would ask.
    ask: async () => undefined,
    tools: (_, deadline) => {
      const answer = runner.query(program, [...options, 'checkToolsState', name], deadline);
      const state = /^(unknown|installed|running)\r?$/m.exec(answer.stdout)?.[1];
      if (state === undefined || complaintOf(answer) !== undefined) return 'unknown';
      return state === 'running' ? 'running' : 'silent';
    },
  };
}

function complaintOf(answer: RunResult): string | undefined {
  return errorOf(answer) ?? (answer.outcome === 'exited' && answer.code === 0 ? undefined : lastWords(answer));
}
