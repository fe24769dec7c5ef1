import type { Check, Finding } from './check.ts';
import { factsOf } from './read.ts';

/** Seconds that clocks may be apart. */
const tolerated = 2;

export const clocks: Check = {
  id: 'clocks',
  about: 'clocks of nodes are apart',
  find: (facts): Finding[] => {
    // A node's clock was read between the question and the answer: what is certain is a span of offsets.
    const spans = factsOf(facts, 'host').flatMap(([node, { timeMs }]) => {
      const time = facts.times.get(node);
      if (time === undefined) return [];
      return [{ node, least: (timeMs - time.answeredMs) / 1000, most: (timeMs - time.askedMs) / 1000 }];
    });
    const first = spans.reduce((best, one) => (best === undefined || one.most < best.most ? one : best), spans[0]);
    const last = spans.reduce((best, one) => (best === undefined || one.least > best.least ? one : best), spans[0]);
    if (first === undefined || last === undefined || last.least - first.most <= tolerated) return [];
    return [
      {
        severity: 'warning',
        what: 'Clocks are apart: logs do not fit together, and saved images and locks are judged by wrong times.',
        evidence: [`${last.node} is at least ${Math.floor(last.least - first.most)} s ahead of ${first.node}`],
        remedy: ['keep all nodes in time, for example with chrony; on each:', ['chronyc', 'tracking']],
      },
    ];
  },
};
