import { agents } from '../agents/index.ts';
import { xen } from '../agents/xen/agent.ts';
import { main } from '../lib/agent/main.ts';
import { baseName } from '../lib/system/base-name.ts';
import type { Soon } from '../lib/system/soon.ts';

/**
 * Work that an agent does in a process of its own: it calls this executable for that, under whatever name it was
 * installed. undefined: a command of ocf-virt.
 */
const helpers: ReadonlyMap<string, (typeof agents)[string] | undefined> = new Map([
  ['resume-domain', undefined],
  ['watch-daemon', agents['VMWatch']],
]);

/** The one executable of the native form: the name that it is called by says what it is. */
export function run(): Soon<void> {
  const name = baseName(process.argv0);
  if (name === 'ocf-virt-alarm') return import('./alarm/agent.ts').then(({ alarmAgent }) => alarmAgent());
  const word = process.argv[2] ?? '';
  const agent = helpers.has(word) ? helpers.get(word) : agents[name];
  // Its monitor is what runs most often: nothing is loaded for it that is not here.
  if (agent === agents['Xen']) return main(xen);
  if (agent !== undefined) return agent().then(main);
  return import('./main.ts').then(({ cli }) => cli(process.argv.slice(2)));
}
