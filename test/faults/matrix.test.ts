import { describe, expect, it } from 'vitest';
import { kinds } from './kinds.ts';
import { casesOf } from './matrix.ts';

/** Every so manieth case is run here, and each by `npm run faults`. Those of VMware take longer. */
const strides = { 'ocf:virt:Xen': 29, 'ocf:virt:VMware': 83 };

describe('The matrix of faults: an agent keeps its promises, whatever becomes of a call of a tool or of itself', () => {
  it.each(kinds.map((kind) => [kind.name, kind] as const))(
    '%s',
    async (_, kind) => {
      let cases = 0;
      let number = 0;
      const stride = strides[kind.column];
      const broken: string[] = [];
      for await (const one of casesOf(kind, () => number++ % stride === 0)) {
        cases += 1;
        for (const { invariant, text } of one.violations)
          broken.push(
            [
              `(${invariant}) ${text}`,
              `${one.truth}, ${one.action}, call ${one.call}: ${one.fault}, ${one.form}`,
              ...one.story,
            ].join('\n  '),
          );
      }
      console.log(`${kind.name}: ${cases} of ${number} cases, ${broken.length} violations`);
      expect(broken).toEqual([]);
      expect(cases).toBeGreaterThan(50);
    },
    300_000,
  );
});
