/** Exit codes of an OCF resource agent (OCF 1.1, "Exit status codes"; 190 as Pacemaker knows it). */
export const exit = {
  success: 0,
  generic: 1,
  badArguments: 2,
  unimplemented: 3,
  permission: 4,
  notInstalled: 5,
  notConfigured: 6,
  notRunning: 7,
  degraded: 190,
} as const;

export type Exit = (typeof exit)[keyof typeof exit];

const words: Record<Exit, string> = {
  0: 'success',
  1: 'error',
  2: 'invalid parameter on this node',
  3: 'action not implemented',
  4: 'insufficient privileges',
  5: 'not installed',
  6: 'invalid configuration',
  7: 'not running',
  190: 'running, degraded',
};

/** What an exit code means, in two or three words. */
export function exitWords(code: Exit): string {
  return words[code];
}
