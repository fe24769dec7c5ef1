import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { badArguments, failed } from '../../lib/ocf/error.ts';
import type { Outcome } from '../command.ts';
import { countOf } from '../count-of.ts';
import { exampleList } from './example.ts';
import { siteFiles } from './files.ts';
import { readSite, type Site } from './site.ts';

export interface InitArguments {
  readonly hosts: string | undefined;
  readonly example: boolean;
  readonly output: string;
  readonly force: boolean;
  readonly 'dry-run': boolean;
}

/** Makes the files of a cluster out of a list of its hosts. Either all of them are written, or none. */
export function init({ hosts, example, output, force, 'dry-run': dryRun }: InitArguments): Outcome {
  if (example) return { exit: 0, text: exampleList, json: { example: exampleList } };
  if (hosts === undefined) throw badArguments('there is no list of hosts', 'ocf-virt init --example prints one');
  const site = readSite(textOf(hosts));
  if ('mistakes' in site) {
    const lines = site.mistakes.map(({ line, what }) => `\n${hosts}:${line}: ${what}`).join('');
    throw badArguments(
      `${countOf(site.mistakes.length, 'mistake')} in ${basename(hosts)}:${lines}\nnothing was written`,
      'ocf-virt init --example prints a list that is right',
    );
  }
  const files = siteFiles(site);
  const json = { files, advice: advice(site) };
  if (dryRun) return { exit: 0, text: files.map(({ path, text }) => `==> ${path} <==\n${text}\n`).join(''), json };
  const changes = files.map((file) => ({ ...file, state: stateOf(join(output, file.path), file.text) }));
  const others = changes.filter(({ state }) => state === 'other');
  if (others.length > 0 && !force) {
    const names = others.map(({ path }) => `\n  ${join(output, path)}`).join('');
    throw failed(`there are other files already:${names}\nnothing was written`, '--force replaces them');
  }
  for (const { path, text, state } of changes) if (state !== 'same') write(join(output, path), text);
  const words = { new: 'written', other: 'replaced', same: 'unchanged' };
  const list = changes.map(({ path, state }) => `${join(output, path)}: ${words[state]}\n`).join('');
  return {
    exit: 0,
    text: `${list}\n${advice(site)
      .map((line) => `${line}\n`)
      .join('')}`,
    json,
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badArguments(
      `${file} cannot be read: ${error instanceof Error ? error.message : error}`,
      'name another file',
    );
  }
}

function stateOf(file: string, text: string): 'new' | 'same' | 'other' {
  try {
    return readFileSync(file, 'utf8') === text ? 'same' : 'other';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'new';
    throw failed(`${file} cannot be written: ${error instanceof Error ? error.message : error}`, 'use --output');
  }
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw failed(`${file} could not be written: ${error instanceof Error ? error.message : error}`, 'use --output');
  }
}

/** What is left to do by hand, in order. */
function advice({ boot, fencing }: Site): string[] {
  return [
    'Next:',
    '- every-node/: to every node, with an /etc/corosync/authkey that all share',
    '  (corosync-keygen)',
    ...(boot === undefined ? [] : ['- boot-server/: to the server that the hosts boot from']),
    '- on one node, when all are online: crm configure load update cluster.crm',
    ...(fencing === undefined ? ['- there is no fencing in it, and without, no VM starts: add "fencing"'] : []),
  ];
}
