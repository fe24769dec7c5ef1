import { createHash } from 'node:crypto';
import { machineId } from './machine-id.ts';

/** The UUID that a place has: the same configuration on another path or another host gets another one. */
export function locationUuid(vmx: string): string {
  const hex = `564d${createHash('sha256').update(`${machineId()} ${vmx}`).digest('hex').slice(0, 28)}`;
  const bytes = hex.match(/../g) ?? [];
  return `${bytes.slice(0, 8).join(' ')}-${bytes.slice(8).join(' ')}`;
}

/** `56 4d …-… ` as `564d….` with dashes. */
export function dashed(uuid: string): string {
  return uuid.replace(/[^0-9a-f]/gi, '').replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
}

/** What VMware writes when a VM gets a UUID of its own: the generated hardware addresses follow it. */
export function identity(uuid: string, values: ReadonlyMap<string, string>): Record<string, string> {
  const settings: Record<string, string> = { 'uuid.location': uuid, 'uuid.bios': uuid };
  const [a = 0, b = 0, c = 0] = uuid
    .slice(-8)
    .split(' ')
    .map((byte) => Number.parseInt(byte, 16));
  for (let card = 0; card < 10; card++) {
    if (values.get(`ethernet${card}.addresstype`) !== 'generated') continue;
    const offset = Number(values.get(`ethernet${card}.generatedaddressoffset`) ?? card * 10);
    const last = [a, b, (c + offset) % 256].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    settings[`ethernet${card}.generatedAddress`] = `00:0c:29:${last}`;
    settings[`ethernet${card}.generatedAddressOffset`] = String(offset);
  }
  return settings;
}
