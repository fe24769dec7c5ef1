import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDomainList } from '../../../../../lib/hypervisor/xen/xl-list.ts';
import { recordedTables } from '../../../../support/recordings.ts';

const header = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
const rowOf = (name: string, state: string) => `${name.padEnd(40)}     7   128     2     ${state}       3.5\n`;
const tables = recordedTables();

/** The rows; fails the test when there is a problem. */
function rows(stdout: string) {
  const list = parseDomainList(stdout);
  if ('problem' in list) throw new Error(list.problem);
  return list.rows;
}

describe('a recorded list', () => {
  it('is one of many', () => expect(tables.length).toBeGreaterThan(150));

  it.each(tables)('is understood to its last line: $title', ({ text }) => {
    const lines = text.split('\n').slice(1, -1);
    expect(rows(text).map(({ name, id, memoryMiB, vcpus }) => [name, id, memoryMiB, vcpus].join(' '))).toEqual(
      lines.map((line) => line.split(/ +/).slice(0, 4).join(' ')),
    );
  });

  it('that is cut off anywhere is a problem, or holds exactly the rows before the cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(...tables), fc.nat(), (table, cut) => {
        const text = table.text.slice(0, cut % table.text.length);
        const list = parseDomainList(text);
        if ('problem' in list) return;
        expect(text.endsWith('\n')).toBe(true);
        expect(list.rows).toEqual(rows(table.text).slice(0, text.split('\n').length - 2));
      }),
      { numRuns: 5000 },
    );
  });

  it('never loses or changes a row when it is cut off within a line', () => {
    for (const { text } of tables) {
      for (let cut = 0; cut < text.length; cut += 1) {
        if (text[cut - 1] !== '\n') expect(parseDomainList(text.slice(0, cut))).toHaveProperty('problem');
      }
    }
  });

  it('in which one character was lost or changed never has fewer domains', () => {
    fc.assert(
      fc.property(fc.constantFrom(...tables), fc.nat(), fc.constantFrom('', '\n', '\0', ' x', '-'), (table, at, by) => {
        const place = at % table.text.length;
        const list = parseDomainList(table.text.slice(0, place) + by + table.text.slice(place + 1));
        if ('rows' in list) expect(list.rows.length).toBe(rows(table.text).length);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the State column', () => {
  const none = { paused: false, stopped: 'none', dying: false };

  it.each([
    ['r-----', none],
    ['-b----', none],
    ['------', none],
    ['--p---', { ...none, paused: true }],
    ['---s--', { ...none, stopped: 'poweroff' }],
    ['---sr-', { ...none, stopped: 'reboot' }],
    ['---ss-', { ...none, stopped: 'suspend' }],
    ['---sc-', { ...none, stopped: 'crash' }],
    ['---sw-', { ...none, stopped: 'watchdog' }],
    ['---sS-', { ...none, stopped: 'other' }],
    ['---s?-', { ...none, stopped: 'other' }],
    ['--ps-d', { paused: true, stopped: 'poweroff', dying: true }],
    ['--pssd', { paused: true, stopped: 'suspend', dying: true }],
    ['-----d', { ...none, dying: true }],
  ])('%s is understood', (state, flags) => {
    expect(rows(header + rowOf('vm01', state))[0]?.flags).toEqual(flags);
  });

  it.each(['x-----', '-----', '-------', 'b-----', '-r----', '---sx-', 'RUNNING'])('%j is a problem', (state) =>
    expect(parseDomainList(header + rowOf('vm01', state).replace(/ {7}3/, ' 3'))).toHaveProperty('problem'),
  );
});

describe('a name', () => {
  it.each(['my vm', 'a  b', '7', 'vm 1 128 2', '(null)', 'vm01--incoming', 'ä仮', 'n'.repeat(80), 'r-----'])(
    '%j is found whole',
    (name) => {
      expect(rows(header + rowOf(name, '-b----')).map((row) => row.name)).toEqual([name]);
    },
  );
});

it('a domain without any name is a row nonetheless', () => {
  expect(rows(header + rowOf('', '-b----') + rowOf('vm01', '-b----')).map(({ name }) => name.trim())).toEqual([
    '',
    'vm01',
  ]);
});

describe('no list', () => {
  it.each([
    '',
    '\n',
    'Name\n',
    ' Id   Name   State\n----\n',
    rowOf('vm01', '-b----'),
    `warning\n${header}`,
    header.trimEnd(),
    `${header}${rowOf('vm01', '-b----').trimEnd()}`,
    `${header}\n`,
    `${header}${rowOf('vm01', '-b----')}\n`,
    `${header}libxl: error: something\n`,
    header + rowOf('vm01', '-b----').trimEnd() + rowOf('vm02', '-b----'),
    `${header}${rowOf('vm01', '-b----').replace('3.5', '3.55')}`,
    `${header}${rowOf('vm01', '-b----').replace('    7', '   -7')}`,
  ])('is %j: it is a problem, in words', (text) => {
    expect(parseDomainList(text)).toEqual({ problem: expect.stringMatching(/^[a-z]/) });
  });

  it('is any random text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(parseDomainList(text)).toHaveProperty('problem');
        if (text !== '') expect(parseDomainList(header + text)).toHaveProperty('problem');
      }),
      { numRuns: 2000 },
    );
  });

  it.each([' ', '1 ', 'a ', '1', '- ', '\t1'])(
    'is a megabyte of %j behind the header, and that is seen at once',
    (part) => {
      const from = performance.now();
      expect(parseDomainList(`${header}${part.repeat((1 << 20) / part.length)}\n`)).toHaveProperty('problem');
      expect(performance.now() - from).toBeLessThan(2000);
    },
  );
});

it('a thousand domains are read in a moment', () => {
  const many = Array.from({ length: 1000 }, (_, at) => rowOf(`vm${at}`, '-b----')).join('');
  const from = performance.now();
  expect(rows(header + many)).toHaveLength(1000);
  expect(performance.now() - from).toBeLessThan(500);
});
