/** Where an action's words go. Pacemaker writes the standard error of an agent into its own log. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
}

/** A log that writes `LEVEL: text` lines; line ends inside a text would forge lines and are replaced. */
export function lineLog(write: (line: string) => void): Log {
  const line = (level: string, text: string) => write(`${level}: ${oneLine(text)}\n`);
  return { info: (text) => line('INFO', text), warn: (text) => line('WARNING', text) };
}

/**
 * The text on one line, without control characters, lone surrogates and what else is no character: XML has no place for
 * them, and Pacemaker keeps what an agent says in XML.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]+/gu, ' ').trim();
}
