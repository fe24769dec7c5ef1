import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from '../../build/build.ts';
import { measureAgents, withHostd } from './agents.ts';
import { evaluate } from './evaluation.ts';
import { watchCost } from './idle.ts';
import { runInside } from './inside.ts';
import { machine, writePart, writePicture } from './page.ts';
import { agentReport, evaluationReport, idleReport } from './report.ts';
import { environment, install, installed, installInSmallPages, subjectsOf } from './subjects.ts';

/**
 * `npm run bench`: what the actions of all agents cost as whole processes, side by side with the agents that are installed on
 * this machine, with the same compiled stubs for all; and what 100 idle VMs do. Writes docs/performance.md. `-- --quick` takes
 * a minute, and only prints.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Runs of each action; fewer on a machine with other work. */
    rounds: { type: 'string', default: '100' },
  },
});

if (process.env['OCF_VIRT_BENCH_INSIDE'] === undefined) {
  const again = runInside(import.meta.filename, process.argv.slice(2), { OCF_VIRT_BENCH_INSIDE: '1' }, 'inherit');
  process.exit((await again).exitCode ?? 1);
}

// Not in /tmp, which may be memory itself.
await mkdir('.cache', { recursive: true });
const folder = await mkdtemp(resolve('.cache/bench-'));
try {
  await buildAll();
  const tools = join(folder, 'tools');
  await mkdir(tools);
  await install(folder, tools);
  await installInSmallPages(folder);
  console.log(`on ${machine()}`);
  const [rounds, patienceMs, seconds] = values.quick ? [20, 1000, 30] : [Number(values.rounds), 10_000, 240];
  const subjects = await subjectsOf(folder, tools);
  const measured = await measureAgents(folder, subjects, rounds, patienceMs);
  const { text, picture } = agentReport(measured);
  console.log(text);
  const own = subjects.filter(({ title }) => /^ocf:virt:\w+$/.test(title));
  const evaluation = evaluationReport(await withHostd(folder, () => evaluate(folder, own)));
  console.log(evaluation);
  const watch = await watchCost(folder, installed(folder, 'native', 'VMWatch'), environment(folder, tools), seconds);
  const idle = idleReport(measured, watch);
  console.log(idle);
  if (!values.quick) {
    const file = await writePicture('agents', picture);
    await writePart('agents', 'npm run bench', `${text}\n![monitors](${file})`);
    await writePart('evaluation', 'npm run bench', evaluation);
    await writePart('idle', 'npm run bench', idle);
  }
} finally {
  await rm(folder, { recursive: true });
}
