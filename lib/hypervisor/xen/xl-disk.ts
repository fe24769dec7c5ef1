/** One entry of `disk=[…]`, as far as it says where the disk lies. */
export interface XlDisk {
  /** What it names: a path, or what its script understands; empty for a drive without a medium. */
  readonly target: string;
  readonly isCdrom: boolean;
  /** Not a path of this node: a script or another domain provides it, for example `script=block-iscsi`. */
  readonly isForeign: boolean;
}

/** Prefixes of xm's time that xl still reads (xl-disk-configuration(5), "Deprecated"). */
const prefix = /^(?:(phy|file|raw|aio|qcow2?|vhd|tap2?):|(drbd|iscsi|nbd|[a-z]+):(?!\/))/;

/**
 * Parses an entry of `disk=[…]` by xl-disk-configuration(5): `target, format, vdev, access` by place, then settings;
 * `target=` takes everything behind it, commas too.
 */
export function parseDisk(entry: string): XlDisk {
  const [, before = entry, named] = /^(.*?)(?:^|,)\s*target=(.*)$/s.exec(entry) ?? [];
  const words = before.split(',').map((word) => word.trim());
  const settings = new Map(words.filter((word) => /^[\w-]+=/.test(word)).map((word) => split(word)));
  const flags = words.filter((word) => !/^[\w-]+=/.test(word));
  let target = named ?? flags[0] ?? '';
  let isForeign = settings.has('script') || !['', '0', undefined].includes(settings.get('backend'));
  for (let found = prefix.exec(target); found !== null; found = prefix.exec(target)) {
    if (found[2] !== undefined) isForeign = true;
    target = target.slice(found[0].length);
    if (found[1] === 'phy' && target !== '' && !target.startsWith('/')) target = `/dev/${target}`;
  }
  return {
    target,
    isForeign: isForeign || (target !== '' && !target.startsWith('/')),
    isCdrom: flags.some((flag) => flag === 'cdrom' || flag.endsWith(':cdrom')) || settings.get('devtype') === 'cdrom',
  };
}

const split = (word: string) => {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)] as const;
};
