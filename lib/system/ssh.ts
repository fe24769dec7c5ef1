import { quoteWord } from './shell-words.ts';

/** Without a dialogue, and gone within 15 s of a cut link. */
export const unattendedSshOptions: readonly string[] = [
  // A session of its own, which ends with its command; a shared one would also hold the output of a question open.
  ...['-o', 'ControlPath=none'],
  ...['-o', 'BatchMode=yes'],
  ...['-o', 'ConnectTimeout=10'],
  ...['-o', 'ServerAliveInterval=5'],
  ...['-o', 'ServerAliveCountMax=3'],
];

/**
 * The arguments of ssh that run a command at an address, every word quoted for the shell there.
 *
 * @param address validated by isHostAddress, so that it cannot be taken for an option.
 * @param options come first, because ssh takes the first value that it reads.
 */
export function sshArguments(address: string, command: readonly string[], options: readonly string[] = []): string[] {
  return [...options, ...unattendedSshOptions, address, command.map(quoteWord).join(' ')];
}
