import type { Answer, Request } from './survey.ts';

/** Marks the one line that counts: a login shell may print something before it. */
const mark = 'ocf-virt-survey:';

export const writeAnswer = (answer: object): string => `${mark}${JSON.stringify(answer)}\n`;

/** Reads what another node printed; undefined when there is no answer in it. */
export function readAnswer<Asked extends Request>(output: string, request: Asked): Answer<Asked> | undefined {
  const line = output.split('\n').findLast((one) => one.startsWith(mark));
  if (line === undefined) return undefined;
  try {
    const answer: unknown = JSON.parse(line.slice(mark.length));
    const isWhole =
      typeof answer === 'object' &&
      answer !== null &&
      Object.keys(request).every((name) => Object.hasOwn(answer, name));
    return isWhole ? (answer as Answer<Asked>) : undefined;
  } catch {
    return undefined;
  }
}
