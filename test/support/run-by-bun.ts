import { fromNow, machineClock } from '../../lib/system/clock.ts';
import { localRunner } from '../../lib/system/local-runner.ts';

// What the native form's runtime makes of a call of the runner, printed as JSON.
const { way, program, args, ms, input } = JSON.parse(process.argv[2] ?? '') as {
  readonly way: 'query' | 'perform';
  readonly program: string;
  readonly args: readonly string[];
  readonly ms: number;
  readonly input?: string;
};
const result = await localRunner[way](program, args, fromNow(ms, machineClock), input);
console.log(JSON.stringify(result));
process.exit(0);
