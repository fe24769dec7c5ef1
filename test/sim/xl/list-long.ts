import type { Domain, Spec } from '../domain.ts';
import { out } from '../output.ts';

/** Prints domains as `xl list -l`: libxl leaves out what has its default value. */
export function listLong(domains: readonly Domain[]): number {
  out(`${json(domains.map(describe))}\n\n`);
  return 0;
}

/** Prints what `xl -N create` makes of a configuration. */
export function dryRun(spec: Spec): number {
  const uuid = spec.uuid ?? crypto.randomUUID();
  out(
    `${json({
      c_info: { type: spec.type, name: spec.name, uuid, run_hotplug_scripts: 'True' },
      b_info: buildInfo(spec, spec.maxMemory, spec.memory, { sched_params: {} }),
      ...actions(spec),
    })}\n`,
  );
  return 0;
}

function describe({ domid, uuid, label, spec, memory, maxMemory }: Domain): object {
  return {
    domid,
    config: {
      c_info: { type: spec.type, name: label, domid: 4294967295, uuid, run_hotplug_scripts: 'True' },
      b_info: buildInfo(spec, maxMemory, memory, {
        video_memkb: 0,
        sched_params: { sched: 'credit', weight: 256, cap: 0 },
      }),
      ...actions(spec),
      on_soft_reset: 'soft_reset',
    },
  };
}

function buildInfo(spec: Spec, maxMemory: number, memory: number, filledIn: object): object {
  return {
    max_vcpus: spec.vcpus,
    avail_vcpus: Array.from({ length: spec.vcpus }, (_, index) => index),
    max_memkb: maxMemory * 1024,
    target_memkb: Math.floor(memory) * 1024,
    ...filledIn,
    claim_mode: 'True',
    ...(spec.kernel === null ? {} : { kernel: spec.kernel }),
    ...(spec.cmdline === null ? {} : { cmdline: spec.cmdline }),
    ...(spec.ramdisk === null ? {} : { ramdisk: spec.ramdisk }),
    [`type.${spec.type}`]: {},
    arch_arm: {},
    arch_x86: { msr_relaxed: 'False' },
  };
}

function actions(spec: Spec): object {
  return {
    ...unless('on_poweroff', spec.onPoweroff),
    ...unless('on_reboot', spec.onReboot),
    ...unless('on_crash', spec.onCrash),
  };
}

function unless(key: string, action: string): object {
  return action === 'destroy' ? {} : { [key]: action.replaceAll('-', '_') };
}

/** JSON as yajl prints it: an empty object takes three lines. */
function json(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => inner + json(item, inner))
    : Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${json(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${items.join(',\n')}\n${indent}${close}`;
}
