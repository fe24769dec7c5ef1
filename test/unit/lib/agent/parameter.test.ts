import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Parameter, readParameters } from '../../../../lib/agent/parameter.ts';

/** Reads one value of one parameter. */
function read(parameter: Parameter, text: string) {
  const { values, problems } = readParameters({ option: parameter }, { option: text });
  return { value: values.option, problems };
}

const about = { short: 'a thing', long: 'A thing.' };

describe('a flag', () => {
  const flag = { ...about, type: 'flag', default: false } as const;

  it.each(['yes', 'true', '1', 'ja', 'on', 'YES', 'True', ' on '])('is true for %j', (text) => {
    expect(read(flag, text)).toEqual({ value: true, problems: [] });
  });

  it.each(['no', 'false', '0', 'nein', 'off', 'NO', 'False'])('is false for %j', (text) => {
    expect(read({ ...flag, default: true }, text)).toEqual({ value: false, problems: [] });
  });

  it.each(['y', 'enabled', '2', 'truee', 'tr ue'])('is neither for %j', (text) => {
    expect(read(flag, text).problems).toEqual([
      { parameter: 'option', message: `option is ${JSON.stringify(text)}`, remedy: 'use true or false' },
    ]);
  });
});

describe('an integer', () => {
  const integer = { ...about, type: 'integer', minimum: -5, maximum: 1000, unit: 'MiB' } as const;

  it.each([
    ['-5', -5],
    ['0', 0],
    ['007', 7],
    ['1000', 1000],
    [' 12 ', 12],
  ])('%j is %i', (text, value) => expect(read(integer, text)).toEqual({ value, problems: [] }));

  it.each(['-6', '1001', '1.5', '1e2', '0x10', '12MiB', '+3', 'many', '--1', '9'.repeat(400)])(
    '%j is none in its range, and the remedy names range and unit',
    (text) => {
      const { value, problems } = read(integer, text);
      expect(value).toBeUndefined();
      expect(problems.map(({ remedy }) => remedy)).toEqual(['use a whole number of MiB from -5 to 1000']);
    },
  );
});

describe('a time', () => {
  const time = { ...about, type: 'seconds' } as const;

  it.each([
    ['90', 90],
    ['90s', 90],
    ['90 s', 90],
    ['90sec', 90],
    ['2min', 120],
    ['2m', 120],
    ['1h', 3600],
    ['1hr', 3600],
    ['1500ms', 1.5],
    ['1500msec', 1.5],
    ['2500000us', 2.5],
    ['2500000usec', 2.5],
    ['0', 0],
    ['1.5min', 90],
    ['2MIN', 120],
  ])('%j is %f seconds, as Pacemaker reads it', (text, value) => {
    const got = read(time, text);
    expect(got.problems).toEqual([]);
    expect(got.value).toBeCloseTo(value, 9);
  });

  it.each([
    '-1',
    '1d',
    'soon',
    '1e3',
    '90 s s',
    's',
    '1,5',
    'INFINITY',
    'constructor',
    '5constructor',
    '9'.repeat(400),
  ])('%j is none, and the remedy shows how to write one', (text) => {
    const { value, problems } = read(time, text);
    expect(value).toBeUndefined();
    expect(problems.map(({ remedy }) => remedy)).toEqual(['use a time of at least 0 seconds, such as 90, 90s or 2min']);
  });

  it('shorter than its minimum is a problem that names the minimum', () => {
    const { problems } = read({ ...time, minimum: 10 }, '9s');
    expect(problems[0]?.remedy).toBe('use a time of at least 10 seconds, such as 90, 90s or 2min');
    expect(read({ ...time, minimum: 10 }, '10s').problems).toEqual([]);
  });
});

describe('a choice', () => {
  const choice = { ...about, type: 'choice', options: ['shutdown', 'destroy'], default: 'shutdown' } as const;

  it('is one of its options', () => expect(read(choice, 'destroy').value).toBe('destroy'));

  it.each(['explode', 'Destroy', 'shutdown,destroy'])('is not %j, and the remedy lists the options', (text) => {
    expect(read(choice, text)).toEqual({
      value: 'shutdown',
      problems: [{ parameter: 'option', message: `option is "${text}"`, remedy: 'use one of shutdown, destroy' }],
    });
  });
});

describe('a text', () => {
  const check = (value: string) => (value.startsWith('/') ? undefined : 'use an absolute path');

  it('is what was given, without blanks around it', () => {
    expect(read({ ...about, type: 'text' }, '  a "b" $c  ').value).toBe('a "b" $c');
  });

  it('has a check of its own that says what to do', () => {
    expect(read({ ...about, type: 'text', check }, '/a').problems).toEqual([]);
    expect(read({ ...about, type: 'text', check }, 'a').problems[0]?.remedy).toBe('use an absolute path');
  });
});

describe('a parameter that is not set', () => {
  const required = { ...about, type: 'text', required: true } as const;

  it.each([undefined, '', '   '])('given as %j is a problem when it is required', (text) => {
    const { problems } = readParameters({ option: required }, text === undefined ? {} : { option: text });
    expect(problems).toEqual([{ parameter: 'option', message: 'option is not set', remedy: 'set option: a thing' }]);
  });

  it('has its default, or none', () => {
    const { values, problems } = readParameters(
      {
        flag: { ...about, type: 'flag', default: true },
        count: { ...about, type: 'integer', minimum: 0, maximum: 9, unit: 'MiB', default: 3 },
        time: { ...about, type: 'seconds' },
        text: { ...about, type: 'text', default: 'x' },
      },
      { flag: '', unknown: 'ignored' },
    );
    expect(values).toEqual({ flag: true, count: 3, time: undefined, text: 'x' });
    expect(problems).toEqual([]);
  });
});

it('every bad value is named, and its default takes its place', () => {
  const { values, problems } = readParameters(
    {
      flag: { ...about, type: 'flag', default: true },
      count: { ...about, type: 'integer', minimum: 0, maximum: 9, unit: 'MiB', default: 3 },
      time: { ...about, type: 'seconds', default: 30 },
      good: { ...about, type: 'flag', default: false },
    },
    { flag: 'perhaps', count: '10', time: 'soon', good: 'yes' },
  );
  expect(values).toEqual({ flag: true, count: 3, time: 30, good: true });
  expect(problems.map(({ parameter }) => parameter)).toEqual(['flag', 'count', 'time']);
});

it('any text for any type is either a value of that type or a problem with a remedy', () => {
  const types: Parameter[] = [
    { ...about, type: 'flag', default: false },
    { ...about, type: 'integer', minimum: 0, maximum: 100, unit: 'MiB', default: 1 },
    { ...about, type: 'seconds', default: 1 },
    { ...about, type: 'choice', options: ['a', 'b'], default: 'a' },
  ];
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...'0123456789.-smhina tru')).map((a) => a.join('')),
  );
  fc.assert(
    fc.property(fc.constantFrom(...types), texts, (parameter, text) => {
      const { value, problems } = read(parameter, text);
      expect(typeof value).toBe(typeof parameter.default);
      if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
      if (problems.length > 0) {
        expect(value).toBe(parameter.default);
        expect(problems[0]?.remedy).toMatch(/^use /);
      }
    }),
    { numRuns: 2000 },
  );
});
