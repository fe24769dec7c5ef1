import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import { fs } from '../system/bun.ts';
import { lastWords, type Runner } from '../system/runner.ts';

/** A copy of the cluster's configuration in a file, to try changes on: nothing of it reaches the cluster. */
export interface Shadow {
  readonly file: string;
  readonly xml: string;
  /** Merges an element into the one of its name and id, or adds it there. @throws OcfError when it does not fit. */
  modify(element: string): Promise<void>;
  /** Runs one of Pacemaker's tools on the copy. */
  run(program: string, args: readonly string[]): ReturnType<Runner['perform']>;
}

/**
 * Copies the live configuration, or an empty one where no cluster runs, for as long as `use` takes.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer.
 */
export async function withShadow<Result>(
  source: 'live' | 'empty',
  runner: Runner,
  deadline: Deadline,
  use: (shadow: Shadow) => Promise<Result>,
): Promise<Result> {
  const option = source === 'live' ? '--query' : '--empty';
  const answer = await runner.perform('cibadmin', [option], deadline.within(20_000));
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    throw failed(
      `the cluster's configuration could not be read (cibadmin: ${lastWords(answer)})`,
      'look whether Pacemaker runs on this node: systemctl status pacemaker',
    );
  }
  const { mkdtempSync, rmSync, writeFileSync } = fs();
  const { tmpdir } = process.getBuiltinModule('node:os');
  const folder = mkdtempSync(`${tmpdir()}/ocf-virt-`);
  const file = `${folder}/cib.xml`;
  try {
    writeFileSync(file, answer.stdout, { mode: 0o600 });
    const run: Shadow['run'] = (program, args) =>
      runner.perform('env', [`CIB_file=${file}`, program, ...args], deadline.within(30_000));
    return await use({
      file,
      xml: answer.stdout,
      run,
      modify: async (element) => {
        const done = await run('cibadmin', ['--modify', '--allow-create', '--xml-text', element]);
        if (done.outcome === 'exited' && done.code === 0) return;
        throw failed(`Pacemaker refuses ${element}: ${lastWords(done)}`, 'see its schema: /usr/share/pacemaker');
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
