/** A block between ``` lines of a Markdown page. */
export interface FencedBlock {
  /** What stands behind the first ```. */
  readonly info: string;
  readonly text: string;
  /** Of its first ```, from 1. */
  readonly line: number;
}

export function fencedBlocks(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(({ 1: info = '', 2: text = '', index }) => ({
    info,
    text,
    line: markdown.slice(0, index).split('\n').length,
  }));
}

/** The commands of a block `sh`, or of one without a name: a line each, comments left out. */
export function shellCommands(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#\s.*$/, '').trim())
    .filter((line) => line !== '');
}

/** What is typed on a node, and what that prints. */
export interface Typed {
  readonly node: string;
  readonly command: string;
  /** Lines; `…` stands for any text in a line, alone for any lines. */
  readonly output: string;
  readonly exitCode: number;
}

/** The commands of a block `console`: behind a prompt `NODE# `, continued after a `\` at the end of a line. */
export function typedCommands(block: string): Typed[] {
  return block
    .split(/^(?=[\w-]+# )/m)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, node, command, rest = ''] = /^([\w-]+)# ((?:[^\n]*\\\n)*[^\n]*)\n(.*)$/s.exec(part) ?? [];
      if (node === undefined || command === undefined) throw new Error(`no prompt and command: ${part}`);
      const [, exitCode = '0'] = /^\(exit code (\d+)\)$/m.exec(rest) ?? [];
      return { node, command, output: rest.replace(/^\(exit code \d+\)\n/m, ''), exitCode: Number(exitCode) };
    });
}

/** What matches the output as it is shown. */
export function outputPattern(shown: string): RegExp {
  const lines = shown
    .split('\n')
    .slice(0, -1)
    .map((line) => (line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`));
  return new RegExp(`^${lines.join('')}$`);
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
