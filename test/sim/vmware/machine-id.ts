import { vmwareHost } from './settings.ts';

/** h * 33 + c in 32 bits, from 5381. */
export function djb2(text: string): number {
  let hash = 5381;
  for (const byte of Buffer.from(text)) hash = (hash * 33 + byte) >>> 0;
  return hash;
}

/** How a Linux host names itself in a lock: 4 bytes of its name and 8 of its hardware, in Base64 with `-` for `/`. */
export function machineId(name = vmwareHost().machineName, ethernet = vmwareHost().ethernet): string {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(djb2(name));
  if (ethernet !== null) bytes.set(Buffer.from(ethernet.replaceAll(':', ''), 'hex').subarray(0, 6), 4);
  return bytes.toString('base64').replaceAll('/', '-');
}
