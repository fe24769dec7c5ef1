import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cli } from '../../../cli/main.ts';

let said = '';
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

it.each([
  ['migrate vm01', 'something is missing; see ocf-virt migrate --help (migrate <vm> <node>)'],
  ['where --nod', 'Unknown argument: nod; see ocf-virt where --help (where [vm])'],
  ['wher', 'Did you mean where? See ocf-virt --help'],
  ['attribute sett x', 'Did you mean set? See ocf-virt attribute --help'],
  ['primitive', 'Say what: xen, vmware; see ocf-virt primitive --help'],
  ['', 'Name a command; see ocf-virt --help'],
])('ocf-virt %s says what is wrong with it and where its help is, and exits with 2', async (line, message) => {
  await cli(line.split(' ').filter((word) => word !== ''));
  expect([said, process.exitCode]).toEqual([`ocf-virt: ${message}\n`, 2]);
});
