import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withHostd } from './agents.ts';
import { evaluate } from './evaluation.ts';
import { install, subjectsOf } from './subjects.ts';

/** Prints as JSON what each action of the native form executes and evaluates, as it was built. To be run by `runInside`. */
const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-counts-'));
try {
  const tools = join(folder, 'tools');
  await mkdir(tools);
  await install(folder, tools);
  const own = (await subjectsOf(folder, tools)).filter(({ title }) => /^ocf:virt:\w+$/.test(title));
  console.log(JSON.stringify(await withHostd(folder, () => evaluate(folder, own))));
} finally {
  await rm(folder, { recursive: true });
}
