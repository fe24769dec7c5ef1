import { hostname } from 'node:os';
import { version } from '../ocf/version.ts';

/** The node itself. */
export interface HostFacts {
  readonly hostname: string;
  /** Version of ocf-virt. */
  readonly version: string;
  /** Milliseconds since 1970 by this node's clock. */
  readonly timeMs: number;
}

export async function hostFacts(): Promise<HostFacts> {
  return { hostname: hostname(), version, timeMs: Date.now() };
}
