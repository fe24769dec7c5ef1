import { basename } from 'node:path';
import { agents } from '../agents/index.ts';
import { main } from '../lib/agent/main.ts';

/** The one executable of the native form: the name that it is called by says what it is. */
async function run(): Promise<void> {
  const agent = agents[basename(process.argv0)];
  if (agent !== undefined) await main(await agent());
  else await (await import('./main.ts')).cli(process.argv.slice(2));
}

void run();
