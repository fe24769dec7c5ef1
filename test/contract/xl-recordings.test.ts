import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseDomainList } from '../../lib/hypervisor/xen/xl-list.ts';
import { buildSim } from '../sim/build.ts';
import { readRecording } from '../sim/control.ts';
import { commandHere, expectSame, withHosts } from './xl-replay.ts';
import { fileOf, xlSituations } from './xl-situations.ts';

const { first, more } = xlSituations;
const fixtures = join(import.meta.dirname, '../fixtures');

/** Recordings of one command: tables that were polled, and whole stories of two hosts, have names of their own. */
const names = (folder: string) =>
  readdirSync(join(fixtures, folder))
    .filter((file) => file.endsWith('.txt') && !/^xl-4\.17-.*-list-(sender|receiver)\.txt$/.test(file))
    .filter((file) => folder !== 'xen' || !/interrupted|held/.test(file))
    .map((file) => file.replace(/^xl-4\.17-|\.txt$/g, ''));

/** The command in a recorded one that took something away from xl for that time; here a fault did. */
const inner = (command: string) => /^unshare .*(?:; |timeout \d+ )(xl list[^']*)'$/.exec(command)?.[1] ?? command;

beforeAll(async () => {
  await buildSim('.cache/sim');
});

describe.each([first, more])('The simulated toolstack prints what the real one printed in $folder', (all) => {
  const { folder, configs, situations, onlyReal, stories } = all;

  it('in every situation that was recorded', () => {
    const known = [situations, onlyReal, stories].flatMap(Object.keys);
    expect(names(folder).sort()).toEqual(known.sort());
  });

  for (const [name, situation] of Object.entries(situations)) {
    // Only root can become nobody.
    const needsRoot = name.startsWith('nobody-');
    const test = needsRoot && process.getuid?.() !== 0 ? it.skip : it.concurrent;
    test(`in the situation ${name}`, async () => {
      const recorded = readRecording(fileOf(name), folder);
      await withHosts(configs, async (host, shell) => {
        if (situation !== '') await shell(commandHere(situation, host));
        expectSame(await shell(commandHere(inner(recorded.command), host)), recorded, host.dir);
      });
    });
  }
});

describe('The simulated xl', () => {
  it('has the keys and the layout of xl info', async () => {
    await withHosts(first.configs, async (_, shell) => {
      const keys = (text: string) => text.split('\n').map((line) => line.slice(0, 25));
      expect(keys((await shell('xl info')).stdout)).toEqual(keys(readRecording('xl-4.17-info').stdout));
    });
  });

  it('begins as the real one when it is called without a command', async () => {
    await withHosts(more.configs, async (_, shell) => {
      const { stdout, exit } = readRecording('xl-4.17-no-command', more.folder);
      expect(await shell('xl')).toEqual({ stdout: `${stdout.split('\n')[0]}\n`, stderr: '', exit });
    });
  });
});

/** The tables in a recording; one of `xl list -v` without the columns that only it has. */
function tables(text: string): string[][] {
  const found: string[][] = [];
  for (const line of text.split('\n')) {
    if (/^Name +ID +Mem +VCPUs/.test(line)) found.push([line.replace(/ {3}UUID.*/, '')]);
    else if (/ [rbpscdw-]{6} +\d+\.\d/.test(line)) found.at(-1)?.push(line.replace(/( \d+\.\d) [0-9a-f-]{36}.*/, '$1'));
  }
  return found;
}

/** A row as its columns have it, which are as wide as in most rows. */
function columns(line: string) {
  const [id, memoryMiB, vcpus] = [line.slice(41, 46), line.slice(47, 52), line.slice(53, 58)].map(Number);
  return { name: line.slice(0, 40).trimEnd(), id, memoryMiB, vcpus, letters: line.slice(63, 69) };
}

const reasonLetters = { poweroff: '-', reboot: 'r', suspend: 's', crash: 'c', watchdog: 'w', other: '?' };

describe('The parser reads every list that was recorded', () => {
  const lists = names(more.folder)
    .map((name) => {
      const text = readFileSync(join(fixtures, more.folder, `${fileOf(name)}.txt`), 'utf8');
      return { name, tables: tables(text) };
    })
    .filter((recording) => recording.tables.length > 0);

  it('as often as a list was recorded', () => {
    expect(lists.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['list-numeric-names', 'list-v', 'migrate-interrupted-ready-link']),
    );
  });

  it.each(lists)('in $name', ({ tables }) => {
    for (const [header = '', ...lines] of tables) {
      const list = parseDomainList([header, ...lines, ''].join('\n'));
      if ('problem' in list) throw new Error(list.problem);
      const rows = list.rows.map(({ flags: { paused, stopped, dying }, ...row }) => {
        const why = stopped === 'none' ? '--' : `s${reasonLetters[stopped]}`;
        return { ...row, letters: `${paused ? 'p' : '-'}${why}${dying ? 'd' : '-'}` };
      });
      expect(rows).toEqual(lines.map(columns).map((row) => ({ ...row, letters: row.letters.slice(2) })));
    }
  });
});
