import { agents } from '../agents/index.ts';
import { main } from '../lib/agent/main.ts';
import { baseName } from '../lib/system/base-name.ts';

/** The one executable of the native form: the name that it is called by says what it is. */
async function run(): Promise<void> {
  // An agent that was installed alone calls itself for this, because it needs a process with a deadline.
  const isHelper = process.argv[2] === 'resume-domain';
  const agent = isHelper ? undefined : agents[baseName(process.argv0)];
  if (agent !== undefined) await main(await agent());
  else await (await import('./main.ts')).cli(process.argv.slice(2));
}

void run();
