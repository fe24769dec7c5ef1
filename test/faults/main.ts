import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kinds } from './kinds.ts';
import { casesOf } from './matrix.ts';
import { type Exploration, explore, wander } from './migration.ts';
import { oldCases } from './old-agents.ts';
import { count, invariants, kindOfFault, type Tallies, table, total } from './tally.ts';

/**
 * `npm run faults [-- --every N] [--every-old N] [--exhaust FAULTS] [--runs N]`: runs the matrix, or every Nth case of it, the migrations
 * and the agents of resource-agents; prints every violation of this project's agents, and writes docs/faults.md.
 */
const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    /** The agents of resource-agents are run as programs, which takes longer. */
    'every-old': { type: 'string', default: '1' },
    /** Up to how many faults all orders of a migration are gone through: one takes minutes. */
    exhaust: { type: 'string', default: '0' },
    /** How many orders are taken by chance for each number of faults. */
    runs: { type: 'string', default: '10000' },
  },
});
const every = Number(values.every);
const everyOld = Number(values['every-old']);
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
const explored: (readonly [string, Exploration])[] = [];
for (let faults = 0; faults <= Number(values.exhaust); faults += 1)
  explored.push([`all with up to ${faults} faults`, await explore(faults)]);
for (const faults of [1, 2])
  explored.push([`by chance, up to ${faults} faults`, await wander(faults, Number(values.runs), faults)]);
for (const [orders, { states, runs, violations }] of explored) {
  console.log(`migration, orders ${orders}: ${states} states, ${runs} runs, ${violations.length} violations`);
  for (const { invariant, text, story } of violations)
    failures.push([`migration, ${orders}: (${invariant}) ${text}`, ...story].join('\n  '));
}
for await (const one of oldCases(everyOld)) count(tallies, one.agent, one.fault, one.violations);
for (const agent of Object.keys(tallies).filter((name) => name.startsWith('ocf:heartbeat'))) say(agent);

const file = join(import.meta.dirname, '../../docs/faults.md');
const head = readFileSync(file, 'utf8').split('<!-- generated -->')[0];
const migrations = explored
  .map(([orders, { states, runs, violations }]) => `| ${orders} | ${states} | ${runs} | ${violations.length} |\n`)
  .join('');
const legend = Object.entries(invariants).map(([letter, words]) => `- **${letter}** ${words}\n`);
const part = (number: number) => (number === 1 ? 'every one' : `one in ${number}`);
const sample = `Of the cases of ocf:virt ${part(every)} was run, of those of ocf:heartbeat ${part(everyOld)}.`;
writeFileSync(
  file,
  `${head}<!-- generated -->

${legend.join('')}
${sample}

${table(tallies)}
## Interrupted migrations

| orders | states | runs | violations |
| --- | --- | --- | --- |
${migrations}`,
);
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${failures.length} violations, ${Math.round((performance.now() - began) / 1000)} s`);
process.exit(failures.length === 0 ? 0 : 1);

function say(agent: string): void {
  const { cases, violations } = total(tallies[agent] ?? {});
  console.log(`${agent}: ${cases} cases, violations ${JSON.stringify(violations)}`);
}
