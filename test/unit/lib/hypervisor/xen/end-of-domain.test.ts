import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { endOfDomain } from '../../../../../lib/hypervisor/xen/end-of-domain.ts';

/** A log as the xl process of a domain writes it. */
const log = (id: number, code: number, action: string) =>
  `Waiting for domain vm01 (domid ${id}) to die [pid 700]\nDomain ${id} has shut down, reason code ${code} 0x${code}\nAction for shutdown reason code ${code} is ${action}\n`;

it.each([
  [log(5, 3, 'destroy'), 'its guest crashed'],
  [log(5, 0, 'destroy'), 'its guest powered off'],
  [log(4, 1, 'restart') + log(5, 3, 'destroy'), 'its guest crashed'],
  [log(4, 3, 'destroy'), 'it was destroyed from outside'],
  ['Waiting for domain vm01 (domid 5) to die [pid 700]\n', 'it was destroyed from outside'],
  [`${'x'.repeat(9000)}\n${log(5, 3, 'destroy')}`, 'its guest crashed'],
])('after %j one says: %s', (text, words) => {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-xl-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'xl-vm01.log'), text);
  expect(endOfDomain('vm01', 5, folder)).toBe(words);
});

it('without a log nobody knows better', () => {
  expect(endOfDomain('vm01', 5, '/nowhere')).toBe('it was destroyed from outside');
});
