import { type Exit, exitWords } from '../ocf/exit.ts';
import type { HistoryEvent } from './event.ts';

/** An event in words, as the end of a sentence that begins with the VM's name, or the node's. */
export function describeEvent(event: HistoryEvent): string {
  const { action, exit, reason, found } = event;
  switch (event.event) {
    case 'started':
      return found === 'running' ? 'was running already' : `was started${time(event)}`;
    case 'stopped':
      return found === 'absent' || found === 'off'
        ? 'was not running any more: nothing to stop'
        : `was stopped${time(event)}`;
    case 'migrated': {
      const memory = event.memoryMiB === undefined ? '' : `, ${event.memoryMiB} MiB`;
      const over = event.address === undefined || event.address === event.to ? '' : ` over ${event.address}`;
      const how = event.live ? 'was migrated live' : 'was suspended to move';
      return `${how} to ${event.to ?? 'another node'}${over}${time(event)}${memory}`;
    }
    case 'arrived':
      return `arrived${event.from === undefined ? '' : ` from ${event.from}`}${time(event)}`;
    case 'failed':
      return `failed: ${action ?? 'action'}${exit === undefined ? '' : ` (${exitWords(exit as Exit) ?? exit})`}${reason === undefined ? '' : `: ${reason}`}`;
    case 'degraded':
      return `is degraded${reason === undefined ? '' : `: ${reason}`}`;
    case 'rebooted':
      return 'rebooted';
    case 'died': {
      const told = event.told ? '; the cluster was told at once' : '';
      return `died${reason === undefined ? '' : `: ${reason}`}${told}`;
    }
    case 'fenced':
      return 'was fenced';
  }
}

const time = ({ seconds }: HistoryEvent) => (seconds === undefined ? '' : ` in ${seconds.toFixed(1)} s`);
