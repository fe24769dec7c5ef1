import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kinds } from './kinds.ts';
import { casesOf } from './matrix.ts';
import { explore } from './migration.ts';
import { oldCases } from './old-agents.ts';
import { count, invariants, kindOfFault, type Tallies, table, total } from './tally.ts';

/**
 * `npm run faults [-- --every N]`: runs the matrix, or every Nth case of it, and the migrations; prints every violation of
 * this project's agents, and writes docs/faults.md.
 */
const { values } = parseArgs({
  options: { every: { type: 'string', default: '1' }, faults: { type: 'string', default: '2' } },
});
const every = Number(values.every);
let number = 0;
const tallies: Tallies = {};
const began = performance.now();
const failures: string[] = [];

for (const kind of kinds) {
  for await (const one of casesOf(kind, () => number++ % every === 0)) {
    count(tallies, kind.column, kindOfFault(one.fault), one.violations);
    for (const { invariant, text } of one.violations) {
      failures.push(
        [
          `${kind.name}: (${invariant}) ${text}`,
          `${one.truth}, ${one.action}, call ${one.call}: ${one.fault}, ${one.form}`,
          ...one.story,
        ].join('\n  '),
      );
    }
  }
}
for (const column of new Set(kinds.map((kind) => kind.column))) say(column);
const budgets = Array.from({ length: Number(values.faults) + 1 }, (_, budget) => budget);
const explored = [];
for (const budget of budgets) {
  const result = await explore(budget);
  explored.push({ budget, ...result });
  console.log(
    `migration, up to ${budget} faults: ${result.states} states, ${result.runs} runs, ${result.violations.length} violations`,
  );
  for (const { invariant, text, story } of result.violations)
    failures.push([`migration with ${budget} faults: (${invariant}) ${text}`, ...story].join('\n  '));
}
for await (const one of oldCases(every)) count(tallies, one.agent, one.fault, one.violations);
for (const agent of Object.keys(tallies).filter((name) => name.startsWith('ocf:heartbeat'))) say(agent);

const file = join(import.meta.dirname, '../../docs/faults.md');
const head = readFileSync(file, 'utf8').split('<!-- generated -->')[0];
const migrations = explored
  .map(({ budget, states, runs, violations }) => `| ${budget} | ${states} | ${runs} | ${violations.length} |\n`)
  .join('');
writeFileSync(
  file,
  `${head}<!-- generated -->\n\nEvery ${every === 1 ? 'case' : `${every}th case`} was run.\n\n${Object.entries(
    invariants,
  )
    .map(([letter, words]) => `- **${letter}** ${words}\n`)
    .join(
      '',
    )}\n${table(tallies)}\n## Interrupted migrations\n\n| faults, up to | states | runs | violations |\n|---|---|---|---|\n${migrations}`,
);
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${failures.length} violations, ${Math.round((performance.now() - began) / 1000)} s`);
process.exit(failures.length === 0 ? 0 : 1);

function say(agent: string): void {
  const { cases, violations } = total(tallies[agent] ?? {});
  console.log(`${agent}: ${cases} cases, violations ${JSON.stringify(violations)}`);
}
