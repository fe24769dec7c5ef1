import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agents } from '../agents/index.ts';
import { commands } from '../cli/commands.ts';
import { renderCommandsManual } from '../cli/manual.ts';
import { renderManual } from '../lib/render/manual.ts';
import { releases } from './changelog.ts';

/** Writes the manual pages of ocf-virt and of every agent below a root, where they install. */
export async function writeManuals(root: string): Promise<void> {
  const folder = join(root, 'usr/share/man');
  await Promise.all(['man1', 'man7'].map((section) => mkdir(join(folder, section), { recursive: true })));
  const [{ date }] = releases();
  await writeFile(join(folder, 'man1/ocf-virt.1'), renderCommandsManual(commands, Object.keys(agents), date));
  for (const [name, load] of Object.entries(agents)) {
    await writeFile(join(folder, `man7/ocf_virt_${name}.7`), renderManual(await load(), date));
  }
}
