import { parseArgs } from 'node:util';
import { explore, moments, type Victim, victims } from './migration.ts';

/**
 * `npm run explore -- [--faults N] [--of agent,node,…] [--while MOMENT]`: goes through all orders of an interrupted live
 * migration with up to N faults, of these victims and at this moment only, and prints the states and every violation with
 * what led to it.
 */
const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '1' },
    of: { type: 'string', default: victims.join(',') },
    while: { type: 'string', default: 'always' },
  },
});
const of = values.of.split(',').filter((one): one is Victim => (victims as readonly string[]).includes(one));
const when = moments[values.while];
if (when === undefined) throw new Error(`--while is one of ${Object.keys(moments).join(', ')}`);
const began = process.cpuUsage();
const seconds = () => {
  const { user, system } = process.cpuUsage(began);
  return Math.round((user + system) / 1e6);
};
const found = await explore(Number(values.faults), {
  of,
  when,
  onFinding: ({ invariant, text, story }) => console.log([`(${invariant}) ${text}`, ...story].join('\n  ')),
  onProgress: ({ states, runs, tasks }) => {
    if (runs % 10_000 === 0)
      console.error(`${states} states, ${runs} runs, ${seconds()} s, ${tasks} moments between two actions to go`);
  },
});
console.log(
  `up to ${values.faults} faults of ${of.join(', ')}, ${values.while}: ${found.states} states, ${found.runs} runs, ${found.ends} ends, ${found.violations.length} violations, ${seconds()} s of CPU`,
);
process.exit(found.violations.length === 0 ? 0 : 1);
