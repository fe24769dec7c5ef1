import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Writes the uncompressed kernel that a bzImage holds: Xen loads it as it is, and unpacking it at each boot would take
 * seconds under emulation.
 *
 * @throws Error when the kernel is not compressed by xz, as Debian 12's is.
 */
export async function unpackKernel(base: string, target: string): Promise<void> {
  const bootFolder = join(base, 'boot');
  const name = readdirSync(join(bootFolder, 'boot')).find((file) => file.startsWith('vmlinuz-'));
  if (name === undefined) throw new Error(`no kernel in ${bootFolder}`);
  const image = readFileSync(join(bootFolder, 'boot', name));
  // Linux' boot protocol: the count of setup sectors, and where the payload lies behind them.
  const setup = ((image[0x1f1] || 4) + 1) * 512;
  const start = setup + image.readUInt32LE(0x248);
  const end = start + image.readUInt32LE(0x24c);
  // The length of the unpacked kernel follows the xz stream, which ends with its own magic, "YZ".
  const payload = image.subarray(start, image.lastIndexOf('YZ', end) + 2);
  if (payload.subarray(1, 5).toString() !== '7zXZ') throw new Error(`${name} is not compressed by xz`);
  // The xz of the Debian that was just unpacked: busybox lacks the filter for x86 code.
  const { stdout } = await execa('chroot', [join(base, 'rootfs'), 'xz', '-dc'], {
    input: payload,
    encoding: 'buffer',
    maxBuffer: 1 << 30,
  });
  writeFileSync(target, stdout);
}
