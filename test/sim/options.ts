import { Refusal } from './refusal.ts';

/**
 * Splits a command's arguments into short and long options and the rest; `valued` names the options with a value.
 *
 * @param known the long names of the options there are; where given, others are refused.
 */
export function options(
  args: readonly string[],
  valued = '',
  known?: readonly string[],
): { flags: Map<string, string>; rest: string[] } {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as string;
    if (arg === '--') {
      rest.push(...args.slice(index + 1));
      break;
    }
    if (arg.startsWith('--')) {
      // xl prints the letter of the option, and an unknown long one has none.
      if (known && !known.includes(arg.slice(2))) throw new Refusal("option `\0' not supported.\n", 2);
      flags.set(arg.slice(2), '');
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let letter = 1; letter < arg.length; letter++) {
        const flag = arg[letter] as string;
        if (!valued.includes(flag)) flags.set(flag, '');
        else {
          flags.set(flag, arg.slice(letter + 1) || (args[++index] ?? ''));
          break;
        }
      }
    } else rest.push(arg);
  }
  return { flags, rest };
}
