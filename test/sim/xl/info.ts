import { freeMemory } from '../guest.ts';
import { host } from '../host.ts';
import { out } from '../output.ts';
import { viewHypervisor } from '../state.ts';

/** `xl info` */
export function info(): number {
  const lines: readonly [string, string | number][] = [
    ['host', host().host],
    ['release', '6.1.0-56-amd64'],
    ['version', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)'],
    ['machine', 'x86_64'],
    ['nr_cpus', 1],
    ['max_cpu_id', 0],
    ['nr_nodes', 1],
    ['cores_per_socket', 1],
    ['threads_per_core', 1],
    ['cpu_mhz', '2596.138'],
    ['hw_caps', '0fcbf3fd:f6d8320b:ec500800:00000075:00000005:01884329:0000020c:00000000'],
    ['virt_caps', 'pv hvm hap gnttab-v1 gnttab-v2'],
    ['total_memory', host().totalMemoryMiB],
    ['free_memory', Math.floor(freeMemory(viewHypervisor()))],
    ['sharing_freed_memory', 0],
    ['sharing_used_memory', 0],
    ['outstanding_claims', 0],
    ['free_cpus', 0],
    ['xen_major', 4],
    ['xen_minor', 17],
    ['xen_extra', '.7'],
    ['xen_version', '4.17.7'],
    ['xen_caps', 'xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 '],
    ['xen_scheduler', 'credit'],
    ['xen_pagesize', 4096],
    ['platform_params', 'virt_start=0xffff800000000000'],
    ['xen_changeset', ''],
    ['xen_commandline', 'dom0_max_vcpus=1 '],
    ['cc_compiler', 'x86_64-linux-gnu-gcc (Debian 12.2.0-14+deb12u1) 12.2.0'],
    ['cc_compile_by', 'pkg-xen-devel'],
    ['cc_compile_domain', 'lists.alioth.debian.org'],
    ['cc_compile_date', 'Wed Nov  4 16:52:28 UTC 2026'],
    ['build_id', '151b373fd64b321593bf987fd923cd10dabadac4'],
    ['xend_config_format', 4],
  ];
  for (const [key, value] of lines) out(`${key.padEnd(22)} : ${value}\n`);
  return 0;
}
