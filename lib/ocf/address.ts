import { isIP } from 'node:net';

/**
 * Whether a text can be the address of a host: IPv4, IPv6, or a host name of RFC 1123. Nothing that passes has a
 * meaning to a shell or begins like an option: `xl migrate` hands its host to `sh -c`.
 */
export function isHostAddress(text: string): boolean {
  // Some runtimes take anything for the zone behind the % of an IPv6 address.
  if (isIP(text) !== 0) return /^[A-Za-z0-9:.%_-]+$/.test(text);
  return (
    text.length <= 253 &&
    /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/.test(text)
  );
}
