import { execa } from 'execa';
import { clearAway, startHosts } from './hosts.ts';
import { installAgents } from './install-agents.ts';
import { documentTable } from './interruption-table.ts';
import { phase } from './progress.ts';

/**
 * Proves the built agents on two real Xen hosts. `--keep` leaves them on until Ctrl-C instead of running the tests, so
 * that single ones can be run against them. `--built` takes the packages as they were built last, `--document` tests
 * what takes too long for every day as well, and puts the table that it measures into the documentation; other words
 * choose the tests by their file names.
 */
async function main(words: readonly string[]): Promise<number> {
  const keep = words.includes('--keep');
  if (!words.includes('--built')) {
    await phase('build the packages', () => execa('npx', ['tsx', 'packaging/main.ts'], { stdio: 'inherit' }));
  }
  const hosts = await startHosts();
  onInterrupt();
  try {
    await phase('install the agents', () => Promise.all(hosts.map(installAgents)));
    if (keep) return await untilInterrupted();
    const documents = words.includes('--document');
    const code = await phase('tests', () =>
      runTests(
        words.filter((word) => !word.startsWith('--')),
        documents,
      ),
    );
    if (code === 0 && documents) documentTable();
    return code;
  } finally {
    await phase('power off', clearAway);
  }
}

async function runTests(files: readonly string[], documents: boolean): Promise<number> {
  const report = ['--reporter=verbose', '--reporter=json', '--outputFile.json=.cache/test-xen.json'];
  const args = ['vitest', 'run', '--project', 'xen/*', ...report, ...files];
  // Ended with this process: tests without hosts would only fail, one after the other.
  const env = documents ? { XEN_DOCUMENT: 'yes' } : {};
  const options = { env, stdio: 'inherit', reject: false, cancelSignal: interruption.signal } as const;
  const { exitCode } = await execa('npx', args, options);
  return exitCode ?? 1;
}

function untilInterrupted(): Promise<never> {
  console.log("The hosts run. Now: npx vitest run --project 'xen/*' FILE. Ctrl-C switches them off.");
  return new Promise(() => setInterval(() => {}, 60_000));
}

const interruption = new AbortController();

function onInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Ctrl-C reaches this process twice: from the terminal, and from npm.
    process.on(signal, () => {
      if (interruption.signal.aborted) return;
      interruption.abort();
      console.log(`${signal}: power off`);
      void clearAway().finally(() => process.exit(130));
    });
  }
}

process.exitCode = await main(process.argv.slice(2));
