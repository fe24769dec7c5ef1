import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The libraries that are made, by their sonames on Xen 4.17. */
export const libxlLibraries = ['libxenlight.so.4.17', 'libxentoollog.so.1'];

/** Compiles the simulated libxl into a folder, if it is not there. */
export function buildLibxl(outDir: string): void {
  mkdirSync(outDir, { recursive: true });
  for (const soname of libxlLibraries) {
    const library = join(outDir, soname);
    const source = join(import.meta.dirname, `${soname.split('.')[0]}.c`);
    if (!existsSync(library))
      execFileSync('cc', ['-shared', '-fPIC', '-O1', `-Wl,-soname,${soname}`, '-o', library, source]);
  }
}
