import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';

interface Line {
  text: string;
  readonly end: string;
}

/** A .vmx file, byte for byte: one character of the text is one byte. */
export interface Vmx {
  readonly file: string;
  readonly mark: string;
  readonly lines: Line[];
}

const byteOrderMark = '\xef\xbb\xbf';
const form = /^[ \t]*([^\0 \t#=]+)[ \t]*=[ \t]*(?:"([^\0"]*)"|((?!")[^\0 \t#]*))[ \t]*(?:#.*)?$/;

/** Reads a .vmx file. A line that is not well-formed sets nothing, and stays as it is. */
export function readVmx(file: string): Vmx {
  const bytes = readFileSync(file, 'latin1');
  const mark = bytes.startsWith(byteOrderMark) ? byteOrderMark : '';
  const parts = bytes.slice(mark.length).split(/(\r\n|\n|\r)/);
  const lines: Line[] = [];
  for (let at = 0; at < parts.length; at += 2) lines.push({ text: parts[at] ?? '', end: parts[at + 1] ?? '' });
  return { file, mark, lines };
}

function parse(text: string): { key: string; value: string } | undefined {
  const [, key, quoted, bare] = form.exec(text) ?? [];
  const value = quoted ?? bare;
  if (key === undefined || value === undefined) return undefined;
  const unescaped = value.replace(/\|([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return { key: key.toLowerCase(), value: unescaped };
}

/** Whether any line sets something: VMware cannot read a file where none does. */
export function isReadable(vmx: Vmx): boolean {
  return vmx.lines.some(({ text }) => parse(text) !== undefined);
}

/** The value of a key as bytes, in any case of its letters; the last of several. */
function bytesOf(vmx: Vmx, key: string): string | undefined {
  return vmx.lines.map(({ text }) => parse(text)).findLast((line) => line?.key === key.toLowerCase())?.value;
}

/** The value of a key as text, by the encoding that the file names; without one it is the western code page. */
export function setting(vmx: Vmx, key: string): string | undefined {
  const value = bytesOf(vmx, key);
  return value === undefined ? undefined : decode(value, bytesOf(vmx, '.encoding'));
}

function decode(value: string, encoding = 'windows-1252'): string {
  try {
    return new TextDecoder(encoding).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** Every key with its value as text. */
export function valuesOf(vmx: Vmx): ReadonlyMap<string, string> {
  const encoding = bytesOf(vmx, '.encoding');
  const pairs = vmx.lines.map(({ text }) => parse(text)).filter((line) => line !== undefined);
  return new Map(pairs.map(({ key, value }) => [key, decode(value, encoding)]));
}

/** Sets keys as VMware writes them: in place where they are, else at the end. The file appears in one step. */
export function writeVmx(file: string, settings: Readonly<Record<string, string>>): void {
  const vmx = readVmx(file);
  const end = vmx.lines[0]?.end || '\n';
  for (const [key, value] of Object.entries(settings)) {
    const line = vmx.lines.findLast(({ text }) => parse(text)?.key === key.toLowerCase());
    const text = `${key} = "${escaped(value)}"`;
    if (line) line.text = text;
    else {
      const last = vmx.lines.pop() ?? { text: '', end: '' };
      if (last.text !== '') vmx.lines.push({ text: last.text, end });
      vmx.lines.push({ text, end }, { text: '', end: '' });
    }
  }
  const draft = `${file}.${process.pid}~`;
  const text = vmx.mark + vmx.lines.map((line) => line.text + line.end).join('');
  writeFileSync(draft, text, { encoding: 'latin1', mode: statSync(file).mode & 0o7777 });
  renameSync(draft, file);
}

function escaped(value: string): string {
  return value.replace(/["|]|(?!\t)[\p{Cc}]/gu, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x80 ? `|${code.toString(16).toUpperCase().padStart(2, '0')}` : char;
  });
}
