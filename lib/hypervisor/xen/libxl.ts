import type { Deadline } from '../../ocf/deadline.ts';
import { failed } from '../../ocf/error.ts';
import type { Runner } from '../../system/runner.ts';
import { readInfo } from './xl-info.ts';

/** The part of bun:ffi that is used. Pointers are numbers; 0 is NULL. */
interface Ffi {
  dlopen(
    name: string,
    symbols: Record<string, { readonly args: readonly string[]; readonly returns: string }>,
  ): { readonly symbols: Record<string, (...args: (number | bigint | null)[]) => number> };
  ptr(buffer: NodeJS.TypedArray): number;
}

/**
 * Lets a suspended domain go on, as `xl migrate` does itself when it fails before the point of no return
 * (`libxl_domain_resume` with suspend_cancel, libxl_domain.c). No command of xl 4.17 offers that.
 *
 * The call is synchronous and has no deadline of its own: run it in a process that has one.
 *
 * @param id the domain's id; it is suspended (`---ss-`), and no other host runs it.
 * @throws OcfError exit 1 when this is not the native form, or libxl is missing or refuses.
 */
export async function resumeDomain(id: number, runner: Runner, deadline: Deadline): Promise<void> {
  const { dlopen, ptr } = await loadFfi();
  const library = (name: string, symbols: Parameters<Ffi['dlopen']>[1]) => {
    try {
      return dlopen(name, symbols).symbols;
    } catch (error) {
      throw failed(
        `${name} cannot be used: ${error instanceof Error ? error.message : error}`,
        'install the Xen libraries',
      );
    }
  };
  const libc = library('libc.so.6', { fdopen: { args: ['i32', 'cstring'], returns: 'ptr' } });
  const toollog = library('libxentoollog.so.1', {
    xtl_createlogger_stdiostream: { args: ['ptr', 'i32', 'u32'], returns: 'ptr' },
  });
  // The library of the running hypervisor: libxl refuses another one's, and its soname has the version.
  const libxl = library(`libxenlight.so.${xenVersion(runner, deadline)}`, {
    libxl_ctx_alloc: { args: ['ptr', 'i32', 'u32', 'ptr'], returns: 'i32' },
    libxl_domain_resume: { args: ['ptr', 'u32', 'i32', 'ptr'], returns: 'i32' },
  });
  const warnings = 4;
  const stderr = libc['fdopen']?.(2, ptr(Buffer.from('w\0'))) ?? 0;
  const logger = toollog['xtl_createlogger_stdiostream']?.(stderr, warnings, 0) ?? 0;
  const context = new BigUint64Array(1);
  const allocated = libxl['libxl_ctx_alloc']?.(ptr(context), 0, 0, logger);
  if (allocated !== 0) throw failed(`libxl_ctx_alloc answered ${allocated}`, 'look whether xl list works on this node');
  const resumed = libxl['libxl_domain_resume']?.(Number(context[0]), id, 1, null);
  if (resumed !== 0) throw failed(`libxl_domain_resume of domain ${id} answered ${resumed}`, 'look at /var/log/xen');
}

async function loadFfi(): Promise<Ffi> {
  const name = 'bun:ffi';
  try {
    return (await import(name)) as Ffi;
  } catch {
    throw failed('only the native form of ocf-virt can call libxl', 'install the native form beside the node form');
  }
}

/** Major and minor version of the running hypervisor, for example `4.17`. */
function xenVersion(runner: Runner, deadline: Deadline): string {
  const info = readInfo(runner, deadline);
  return `${info.get('xen_major')}.${info.get('xen_minor')}`;
}
