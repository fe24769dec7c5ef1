import { badArguments } from '../../lib/ocf/error.ts';
import { defineCommand } from '../command.ts';

export const surveyCommand = defineCommand({
  usage: 'survey <request>',
  summary: 'tell other nodes what this node knows of itself',
  description: 'Answers a question that ocf-virt on another node asks over ssh. The request and the answer are JSON.',
  positionals: { request: { type: 'string', demandOption: true, describe: 'sections and their options, as JSON' } },
  options: {},
  examples: [[`survey '{"host":{}}'`, 'version and clock of this node']],
  hidden: true,
  run: async ({ request, timeout }, { runner, clock }) => {
    const { writeAnswer } = await import('../../lib/survey/answer.ts');
    const { survey } = await import('../../lib/survey/survey.ts');
    const { fromNow } = await import('../../lib/system/clock.ts');
    const answer = await survey(parse(request), { runner, deadline: fromNow(timeout * 1000, clock) });
    return { exit: 0, text: writeAnswer(answer), json: answer };
  },
});

function parse(text: string): object {
  try {
    const request: unknown = JSON.parse(text);
    if (typeof request === 'object' && request !== null) return request;
  } catch {}
  throw badArguments(`the request ${JSON.stringify(text)} is no JSON object`, `write for example '{"host":{}}'`);
}
