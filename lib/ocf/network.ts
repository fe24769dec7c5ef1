/** A network of IPv4 or IPv6 addresses. */
export interface Network {
  readonly family: 4 | 6;
  /** Its addresses begin with these bits. */
  readonly bits: bigint;
  /** How many bits these are. */
  readonly prefix: number;
}

/** Parses `ADDRESS/PREFIX`; bits of the address behind the prefix count for nothing. Undefined when it is none. */
export function parseNetwork(text: string): Network | undefined {
  const [, address = '', length = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? [];
  const found = parseAddress(address);
  const prefix = Number(length);
  if (found === undefined || prefix > width[found.family]) return undefined;
  return { family: found.family, bits: found.value >> BigInt(width[found.family] - prefix), prefix };
}

/** Whether a network holds an address. */
export function holds({ family, bits, prefix }: Network, address: string): boolean {
  const found = parseAddress(address);
  return found?.family === family && found.value >> BigInt(width[family] - prefix) === bits;
}

const width = { 4: 32, 6: 128 } as const;

/** An IP address as a number. Without node:net, whose loading costs a monitor more than the monitor itself. */
function parseAddress(text: string): { readonly family: 4 | 6; readonly value: bigint } | undefined {
  const groups = text.includes(':') ? groupsOfV6(text) : groupsOfV4(text);
  if (groups === undefined) return undefined;
  const bits = text.includes(':') ? 16n : 8n;
  const value = groups.reduce((sum, group) => (sum << bits) + BigInt(group), 0n);
  return { family: text.includes(':') ? 6 : 4, value };
}

function groupsOfV4(text: string): number[] | undefined {
  const parts = text.split('.');
  const isValid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return isValid ? parts.map(Number) : undefined;
}

function groupsOfV6(text: string): number[] | undefined {
  // An IPv4 address may stand at the end.
  const [, head = '', tail] = /^(.*:)([^:]*\.[^:]*)$/.exec(text) ?? [];
  if (tail !== undefined) {
    const [a = 0, b = 0, c = 0, d = 0] = groupsOfV4(tail) ?? [];
    if (groupsOfV4(tail) === undefined) return undefined;
    return groupsOfV6(`${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [first = [], last] = halves;
  const given = [...first, ...(last ?? [])];
  if (halves.length > 2 || !given.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  if (last === undefined ? given.length !== 8 : given.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - given.length }, () => '0');
  return [...first, ...zeros, ...(last ?? [])].map((group) => Number.parseInt(group, 16));
}
