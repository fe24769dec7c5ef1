/**
 * Splits a command line as vim-cmd does after a shell already did: its arguments, joined by blanks, once more. Quotes
 * hold blanks together.
 */
export function splitAgain(args: readonly string[]): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const char of args.join(' ')) {
    if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}
