import { execa } from 'execa';
import { type Hosts, startHosts } from './hosts.ts';
import { installAgents } from './install-agents.ts';
import { phase } from './progress.ts';

/**
 * Proves the built agents on two real Xen hosts. `--keep` leaves them on until Ctrl-C instead of running the tests, so
 * that single ones can be run against them; other words choose the tests by their file names.
 */
async function main(words: readonly string[]): Promise<number> {
  const keep = words.includes('--keep');
  await phase('build the agents', () => execa('npx', ['tsx', 'build/build.ts'], { stdio: 'inherit' }));
  const hosts = await startHosts();
  onInterrupt(hosts);
  try {
    await phase('install the agents', () => Promise.all([1, 2].map((n) => installAgents(hosts.host(n as 1 | 2)))));
    if (keep) return await untilInterrupted();
    return await phase('tests', () => runTests(words));
  } finally {
    await phase('power off', hosts.tearDown);
  }
}

async function runTests(files: readonly string[]): Promise<number> {
  const report = ['--reporter=verbose', '--reporter=json', '--outputFile.json=.cache/test-xen.json'];
  const args = ['vitest', 'run', '--project', 'xen', ...report, ...files];
  const { exitCode } = await execa('npx', args, { stdio: 'inherit', reject: false });
  return exitCode ?? 1;
}

function untilInterrupted(): Promise<never> {
  console.log('The hosts run. Now: npx vitest run --project xen FILE. Ctrl-C switches them off.');
  return new Promise(() => setInterval(() => {}, 60_000));
}

function onInterrupt(hosts: Hosts): void {
  let ending = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Ctrl-C reaches this process twice: from the terminal, and from npm.
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      console.log(`${signal}: power off`);
      void hosts.tearDown().finally(() => process.exit(130));
    });
  }
}

process.exitCode = await main(process.argv.slice(2));
