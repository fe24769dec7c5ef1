import { readdirSync, realpathSync } from 'node:fs';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { failed } from '../../lib/ocf/error.ts';
import { lastWords, type Runner } from '../../lib/system/runner.ts';

/** What has to be there before a path is, as this node has it now. */
export type StorageLayer =
  | {
      readonly kind: 'mount';
      /** For example `filer:/vms` or `/dev/vg/lv`. */
      readonly source: string;
      readonly directory: string;
      readonly type: string;
      /** Several nodes may mount it at once. */
      readonly isShared: boolean;
    }
  | { readonly kind: 'volume-group'; readonly group: string; readonly volume: string }
  | { readonly kind: 'multipath' }
  | { readonly kind: 'iscsi'; readonly portal: string; readonly target: string };

/** File systems that many nodes mount at once. */
const sharedTypes = ['nfs', 'nfs4', 'cifs', 'gfs2', 'ocfs2', 'ceph', 'glusterfs', 'fuse.glusterfs', 'lustre'];

/** File systems of the node itself, which no cluster mounts. */
const ownTypes = ['overlay', 'tmpfs', 'devtmpfs', 'proc', 'sysfs', 'rootfs', 'squashfs'];

/**
 * Finds what lies under paths of this node: mounts, logical volumes, multipath devices, iSCSI sessions; each once, the
 * lowest first.
 *
 * @throws OcfError exit 1 when the tools do not tell.
 */
export async function layersUnder(
  paths: readonly string[],
  runner: Runner,
  deadline: Deadline,
  byPath = '/dev/disk/by-path',
): Promise<readonly StorageLayer[]> {
  const found = await Promise.all(paths.map((path) => under(path, runner, deadline, byPath)));
  return [...new Map(found.flat().map((layer) => [JSON.stringify(layer), layer])).values()];
}

async function under(path: string, runner: Runner, deadline: Deadline, byPath: string): Promise<StorageLayer[]> {
  if (path.startsWith('/dev/')) return await underDevice(path, runner, deadline, byPath);
  const answer = await runner.perform(
    'findmnt',
    ['--json', '--first-only', '--output', 'SOURCE,TARGET,FSTYPE', '--target', path],
    deadline,
  );
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    throw failed(
      `findmnt does not tell where ${path} lies: ${lastWords(answer)}`,
      'mount the storage on this node first',
    );
  }
  const { filesystems = [] } = JSON.parse(answer.stdout) as {
    filesystems?: { source: string; target: string; fstype: string }[];
  };
  const [mount] = filesystems;
  if (mount === undefined || mount.target === '/' || ownTypes.includes(mount.fstype)) return [];
  const layer: StorageLayer = {
    kind: 'mount',
    source: mount.source,
    directory: mount.target,
    type: mount.fstype,
    isShared: sharedTypes.includes(mount.fstype),
  };
  const below = mount.source.startsWith('/dev/') ? await underDevice(mount.source, runner, deadline, byPath) : [];
  return [...below, layer];
}

interface BlockDevice {
  readonly name: string;
  readonly type: string;
  readonly tran: string | null;
  readonly children?: readonly BlockDevice[];
}

async function underDevice(
  device: string,
  runner: Runner,
  deadline: Deadline,
  byPath: string,
): Promise<StorageLayer[]> {
  const args = ['--json', '--inverse', '--paths', '--output', 'NAME,TYPE,TRAN', '--', device];
  const answer = await runner.perform('lsblk', args, deadline);
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    throw failed(`lsblk does not know ${device}: ${lastWords(answer)}`, 'make the device visible on this node first');
  }
  const { blockdevices = [] } = JSON.parse(answer.stdout) as { blockdevices?: BlockDevice[] };
  const all = blockdevices.flatMap(function flat(one): BlockDevice[] {
    return [one, ...(one.children ?? []).flatMap(flat)];
  });
  const volume = all.find(({ type }) => type === 'lvm');
  return [
    ...all.filter(({ tran }) => tran === 'iscsi').flatMap(({ name }) => sessionsOf(name, byPath)),
    ...(all.some(({ type }) => type === 'mpath') ? [{ kind: 'multipath' } as const] : []),
    ...(volume === undefined ? [] : [await groupOf(device, runner, deadline)]),
  ];
}

/** udev names each path by its session: `ip-PORTAL-iscsi-TARGET-lun-N`. */
function sessionsOf(disk: string, byPath: string): StorageLayer[] {
  return readdirSync(byPath).flatMap((name) => {
    const [, portal, target] = /^ip-(.+)-iscsi-(.+)-lun-\d+$/.exec(name) ?? [];
    const isIt = portal !== undefined && realpathSync(`${byPath}/${name}`) === disk;
    return isIt && target !== undefined ? [{ kind: 'iscsi', portal, target }] : [];
  });
}

async function groupOf(device: string, runner: Runner, deadline: Deadline): Promise<StorageLayer> {
  const args = ['--reportformat', 'json', '--options', 'vg_name,lv_name', '--', device];
  const answer = await runner.perform('lvs', args, deadline);
  const { report = [] } = (answer.outcome === 'exited' && answer.code === 0 ? JSON.parse(answer.stdout) : {}) as {
    report?: { lv?: { vg_name: string; lv_name: string }[] }[];
  };
  const [found] = report.flatMap(({ lv = [] }) => lv);
  if (found !== undefined) return { kind: 'volume-group', group: found.vg_name, volume: found.lv_name };
  throw failed(`lvs does not tell the group of ${device}: ${lastWords(answer)}`, 'look at lvs on this node');
}
