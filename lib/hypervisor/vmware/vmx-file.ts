/** The settings of a .vmx file by lower-case name, each with all its values in the order of the file. */
export type Vmx = ReadonlyMap<string, readonly string[]>;

/**
 * Reads a .vmx file as VMware's own reader does (open-vm-tools, lib/dict/dictll.c and lib/misc/vmstdio.c): lines end with
 * LF, CR LF or CR; a line that is not well-formed sets nothing; `|XX` is a byte; names are the same in any case.
 *
 * Which of two values of one name counts is not known, so all are kept.
 */
export function parseVmx(bytes: Uint8Array): Vmx {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  // Byte by byte, because an escape is a byte and the encoding is only known at the end.
  const lines = Buffer.from(bytes.subarray(start))
    .toString('latin1')
    .split(/\r\n|\n|\r/);
  const raw = lines.map(parseLine).filter((setting) => setting !== undefined);
  const encoding = raw.find(([name]) => name === '.encoding')?.[1];
  const decode = decoderOf(encoding);
  const settings = new Map<string, string[]>();
  for (const [name, value] of raw) {
    const values = settings.get(name) ?? [];
    values.push(decode(Buffer.from(value, 'latin1')));
    settings.set(name, values);
  }
  return settings;
}

/** Every value that the file gives a name; empty when it is not set. */
export function vmxValues(vmx: Vmx, name: string): readonly string[] {
  return vmx.get(name.toLowerCase()) ?? [];
}

/** The value of a name that is set, and to one value only. */
export function vmxValue(vmx: Vmx, name: string): string | undefined {
  const [value, ...others] = vmxValues(vmx, name);
  return others.every((other) => other === value) ? value : undefined;
}

const line = /^[ \t]*([^\0 \t#=]+)[ \t]*=[ \t]*(?:"([^\0"]*)"|((?!")[^\0 \t#]*))[ \t]*(?:[\0#].*)?$/;

function parseLine(text: string): readonly [string, string] | undefined {
  const [, name, quoted, bare] = line.exec(text) ?? [];
  const value = quoted ?? bare;
  return name === undefined || value === undefined ? undefined : [name.toLowerCase(), undoEscapes(value)];
}

const undoEscapes = (value: string) =>
  value.replace(/\|([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Files of VMware Server 1 name no encoding: they are UTF-8 where they can be, else the western code page. */
function decoderOf(encoding: string | undefined): (bytes: Uint8Array) => string {
  const western = new TextDecoder('windows-1252');
  let named: InstanceType<typeof TextDecoder> | undefined;
  try {
    named = new TextDecoder(encoding ?? 'utf-8', { fatal: true });
  } catch {
    // An encoding that this runtime does not have.
  }
  return (bytes) => {
    try {
      return (named ?? western).decode(bytes);
    } catch {
      return western.decode(bytes);
    }
  };
}
