import type { Plan, Spec } from '../domain.ts';

/** The messages of the handshake, as xl words them; a stand-in for ssh may look for them to hold one back. */
export const banner = 'xl migration receiver ready, send binary domain data.';
export const ready = 'domain received, ready to unpause';
export const go = 'domain is yours, you are cleared to unpause';
export const report = 'my copy unpause results are as follows';
export const mayResume = 'domain is not mine any more, you may resume yours';

/** What a guest takes along to another host or into an image. */
export interface Luggage {
  readonly spec: Spec;
  readonly name: string;
  readonly uuid: string;
  readonly memory: number;
  readonly vcpus: number;
  readonly maxMemory: number;
  readonly ran: number;
  readonly plans: readonly Plan[];
}

/** Domain types as the stream knows them. */
export function streamType(spec: Spec): 'x86 PV' | 'x86 HVM' {
  return spec.type === 'pv' ? 'x86 PV' : 'x86 HVM';
}

/** What libxl says when the other side went away in the middle of reading something. */
export function truncated(what: string, stream: string): string {
  return `libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading ${what} from ${stream}\n`;
}

/** What libxl says when the memory could not be sent or written. */
export function saveFailed(domid: number, why: string): string {
  return `libxl: error: libxl_stream_write.c:347:libxl__xc_domain_save_done: Domain ${domid}:saving domain: ${why}\n`;
}
