import { expect, it } from 'vitest';
import { table } from '../../../cli/table.ts';

it('columns are as wide as their widest cell, by what a terminal shows', () => {
  const rows = [
    ['vm01', 'node1'],
    ['máquina', { text: 'node2', style: (text: string) => `<${text}>` }],
  ];
  expect(table(['VM', 'NODE'], rows)).toBe('VM       NODE\nvm01     node1\nmáquina  <node2>\n');
});

it('a name with control characters cannot write to the terminal', () => {
  expect(table(['VM'], [['a\x1b[31m\nb']])).toBe('VM\na?[31m?b\n');
});
