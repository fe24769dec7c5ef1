import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { buildAll } from '../../build/build.ts';
import { measureAgents } from './agents.ts';
import { watchCost } from './idle.ts';
import { machine, writePart, writePicture } from './page.ts';
import { agentReport, idleReport } from './report.ts';
import { environment, install, installed, subjectsOf } from './subjects.ts';

/**
 * `npm run bench`: what the actions of all agents cost as whole processes, side by side with the agents that are installed on
 * this machine, with the same compiled stubs for all; and what 100 idle VMs do. Writes docs/performance.md. `-- --quick` takes
 * a minute, and only prints.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

if (process.env['OCF_VIRT_BENCH_INSIDE'] === undefined) process.exit(await inside());

const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-bench-'));
try {
  await buildAll();
  const tools = join(folder, 'tools');
  await mkdir(tools);
  await install(folder, tools);
  console.log(`on ${machine()}`);
  const [rounds, patienceMs, seconds] = values.quick ? [20, 1000, 30] : [100, 10_000, 240];
  const measured = await measureAgents(folder, await subjectsOf(folder, tools), rounds, patienceMs);
  const { text, picture } = agentReport(measured);
  console.log(text);
  const watch = await watchCost(folder, installed(folder, 'native', 'VMWatch'), environment(folder, tools), seconds);
  const idle = idleReport(measured, watch);
  console.log(idle);
  if (!values.quick) {
    const file = await writePicture('agents', picture);
    await writePart('agents', 'npm run bench', `${text}\n![monitors](${file})`);
    await writePart('idle', 'npm run bench', idle);
  }
} finally {
  await rm(folder, { recursive: true });
}

/**
 * Runs this again in namespaces of its own: the agents look through all processes and remember things under /run, which
 * must be neither that of others nor left behind.
 */
async function inside(): Promise<number> {
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const script = 'for folder in /run /var/log; do mount -t tmpfs tmpfs $folder; done; mkdir /run/lock; exec "$@"';
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { exitCode } = await execa('unshare', [...namespaces, 'sh', '-c', script, 'sh', ...again], {
    env: { OCF_VIRT_BENCH_INSIDE: '1' },
    stdio: 'inherit',
    reject: false,
  });
  return exitCode ?? 1;
}
