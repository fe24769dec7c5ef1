import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { parseVmx, type Vmx, vmxValue } from '../hypervisor/vmware/vmx-file.ts';
import { type Config, configNumber, configText, parseConfig } from '../hypervisor/xen/xl-config.ts';
import { parseDisk } from '../hypervisor/xen/xl-disk.ts';
import { bridgeOf, defaultBridge } from '../hypervisor/xen/xl-vif.ts';
import type { Deadline } from '../ocf/deadline.ts';
import { readFileInTime } from '../system/read-file.ts';
import type { Runner } from '../system/runner.ts';
import type { SurveyContext } from './sections.ts';

/** Which configuration files are looked at: absolute paths, `.vmx` for VMware, all others for xl. */
export interface VmConfigsOptions {
  readonly files: readonly string[];
}

/** A VM's configuration file as this node sees it, and what the VM needs of this node. */
export type VmConfigFacts =
  | {
      readonly kind: 'read';
      readonly file: string;
      /** SHA-256 of the file. */
      readonly digest: string;
      readonly name: string | undefined;
      /** The most that the guest may have: `maxmem`, else `memory`. */
      readonly memoryMiB: number | undefined;
      readonly vcpus: number | undefined;
      /** Disks, kernel and the like, each once. */
      readonly storage: readonly StorageFacts[];
      /** Bridges (VMware: virtual networks), each once. */
      readonly bridges: readonly BridgeFacts[];
    }
  /** It is not there, cannot be read, or is no configuration. */
  | { readonly kind: 'unusable'; readonly file: string; readonly why: string };

export interface StorageFacts {
  readonly path: string;
  readonly use: 'disk' | 'cdrom' | 'kernel' | 'ramdisk';
  /**
   * `inactive`: a logical volume that LVM knows here and has not activated; `foreign`: no path of this node, a script or
   * another domain provides it; `unanswered`: the storage hangs.
   */
  readonly state: 'present' | 'absent' | 'inactive' | 'foreign' | 'unanswered';
}

export interface BridgeFacts {
  readonly name: string;
  readonly present: boolean;
}

/** Reads each file and looks for what it names. Storage that hangs delays nothing but its own answer. */
export async function vmConfigsFacts(
  { files }: VmConfigsOptions,
  { runner, deadline }: SurveyContext,
): Promise<readonly VmConfigFacts[]> {
  const soon = deadline.within(deadline.remaining() * 0.8);
  const look = looker(runner, soon);
  return await Promise.all(
    files.map(async (file): Promise<VmConfigFacts> => {
      const bytes = await readBytes(file, runner, soon);
      if (typeof bytes === 'string') return { kind: 'unusable', file, why: bytes };
      try {
        const wanted = file.endsWith('.vmx')
          ? needsOfVmx(file, parseVmx(bytes))
          : needsOfXl(parseConfig(bytes.toString('utf8')), await look.defaultBridge());
        return {
          kind: 'read',
          file,
          digest: createHash('sha256').update(bytes).digest('hex'),
          name: wanted.name,
          memoryMiB: wanted.memoryMiB,
          vcpus: wanted.vcpus,
          storage: await Promise.all(wanted.storage.map(look.storage)),
          bridges: await Promise.all([...new Set(wanted.bridges)].map(look.bridge)),
        };
      } catch (error) {
        return { kind: 'unusable', file, why: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

interface Needs {
  readonly name: string | undefined;
  readonly memoryMiB: number | undefined;
  readonly vcpus: number | undefined;
  readonly storage: readonly { path: string; use: StorageFacts['use']; isForeign: boolean }[];
  /** Names, or absolute paths of devices. */
  readonly bridges: readonly string[];
}

/** What a VM of an xl configuration needs. */
export function needsOfXl(config: Config, fallbackBridge?: string): Needs {
  const disks = entries(config, 'disk').map(parseDisk);
  const files = (['kernel', 'ramdisk'] as const).flatMap((use) => {
    const path = configText(config, use);
    return path?.startsWith('/') ? [{ path, use, isForeign: false }] : [];
  });
  return {
    name: configText(config, 'name'),
    memoryMiB: configNumber(config, 'maxmem') ?? configNumber(config, 'memory'),
    vcpus: configNumber(config, 'maxvcpus') ?? configNumber(config, 'vcpus'),
    storage: [
      ...disks
        .filter(({ target }) => target !== '')
        .map(({ target, isCdrom, isForeign }) => ({
          path: target,
          use: isCdrom ? ('cdrom' as const) : ('disk' as const),
          isForeign,
        })),
      ...files,
    ],
    bridges: entries(config, 'vif')
      .map((vif) => bridgeOf(vif, fallbackBridge))
      .filter((bridge) => bridge !== undefined),
  };
}

/** The texts of a list; xl takes a single text for a list of one. */
function entries(config: Config, name: string): string[] {
  const value = config.get(name) ?? [];
  return (typeof value === 'string' ? [value] : value).filter((item): item is string => typeof item === 'string');
}

/** What a VM of a .vmx file needs: disks that are present, and the host's virtual networks. */
export function needsOfVmx(file: string, vmx: Vmx): Needs {
  const isTrue = (name: string) => vmxValue(vmx, name)?.toLowerCase() === 'true';
  const devices = [...vmx.keys()].flatMap((name) => /^((?:scsi|ide|sata|nvme)\d+:\d+)\.present$/.exec(name)?.[1] ?? []);
  const cards = [...vmx.keys()].flatMap((name) => /^(ethernet\d+)\.present$/.exec(name)?.[1] ?? []);
  const number = (name: string) => {
    const value = Number(vmxValue(vmx, name) || Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  return {
    name: vmxValue(vmx, 'displayName'),
    memoryMiB: number('memsize'),
    vcpus: number('numvcpus') ?? 1,
    storage: devices
      .filter((device) => isTrue(`${device}.present`))
      .flatMap((device) => {
        const path = vmxValue(vmx, `${device}.fileName`);
        const isCdrom = /cdrom/i.test(vmxValue(vmx, `${device}.deviceType`) ?? '');
        if (path === undefined || path === '' || path === 'auto detect') return [];
        return [{ path: resolve(dirname(file), path), use: isCdrom ? 'cdrom' : 'disk', isForeign: false }] as const;
      }),
    bridges: cards
      .filter((card) => isTrue(`${card}.present`))
      .flatMap((card) => vmxValue(vmx, `${card}.vnet`) ?? [])
      .filter((vnet) => vnet !== '')
      .map((vnet) => (vnet.startsWith('/') ? vnet : `/dev/${vnet}`)),
  };
}

/** The bytes of a file, or why there are none. */
async function readBytes(file: string, runner: Runner, deadline: Deadline): Promise<Buffer | string> {
  try {
    return await readFileInTime(runner, file, deadline);
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(`${file}: `, '');
  }
}

interface Looker {
  storage(wanted: Needs['storage'][number]): Promise<StorageFacts>;
  bridge(name: string): Promise<BridgeFacts>;
  defaultBridge(): Promise<string | undefined>;
}

/** Looks each path up once, and asks LVM only when a device is missing. */
function looker(runner: Runner, deadline: Deadline): Looker {
  const once = <Answer>(ask: (key: string) => Promise<Answer>) => {
    const known = new Map<string, Promise<Answer>>();
    return (key: string) => {
      const answer = known.get(key) ?? ask(key);
      known.set(key, answer);
      return answer;
    };
  };
  const exists = once(async (path) => {
    const { outcome, code } = await runner.perform('test', ['-e', path], deadline);
    return outcome === 'exited' ? code === 0 : undefined;
  });
  const volumes = once(async () => await logicalVolumes(runner, deadline));
  const bridgeDefault = once(async (file) => {
    const bytes = await readBytes(file, runner, deadline);
    return typeof bytes === 'string' ? undefined : defaultBridge(bytes.toString('utf8'));
  });
  return {
    storage: async ({ path, use, isForeign }) => {
      if (isForeign) return { path, use, state: 'foreign' };
      const found = await exists(path);
      if (found === undefined) return { path, use, state: 'unanswered' };
      if (found) return { path, use, state: 'present' };
      const isInactive = path.startsWith('/dev/') && (await volumes('')).has(path);
      return { path, use, state: isInactive ? 'inactive' : 'absent' };
    },
    bridge: async (name) => ({
      name,
      present: (await exists(name.startsWith('/') ? name : `/sys/class/net/${name}`)) === true,
    }),
    defaultBridge: () => bridgeDefault('/etc/xen/xl.conf'),
  };
}

/** The paths of all logical volumes that this node's LVM knows, active or not; empty where it has no LVM. */
async function logicalVolumes(runner: Runner, deadline: Deadline): Promise<ReadonlySet<string>> {
  const args = ['--reportformat', 'json', '--options', 'lv_path,lv_dm_path'];
  const answer = await runner.perform('lvs', args, deadline);
  if (answer.outcome !== 'exited' || answer.code !== 0) return new Set();
  try {
    const { report = [] } = JSON.parse(answer.stdout) as { report?: { lv?: Record<string, string>[] }[] };
    return new Set(report.flatMap(({ lv = [] }) => lv.flatMap((one) => Object.values(one))));
  } catch {
    return new Set();
  }
}
