import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConfigSyntaxError,
  type ConfigValue,
  configNumber,
  configText,
  parseConfig,
} from '../../../../../lib/hypervisor/xen/xl-config.ts';

const parsed = (text: string) => Object.fromEntries(parseConfig(text));

/** The syntax error of a text; fails the test when there is none. */
function errorOf(text: string): ConfigSyntaxError {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof ConfigSyntaxError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text.slice(0, 100))} was taken for a configuration`);
}

describe('a configuration', () => {
  it.each<[string, Record<string, ConfigValue>]>([
    ['', {}],
    ['\n\n;;\n', {}],
    ['# only a comment', {}],
    ['name = "vm1"', { name: 'vm1' }],
    ["name='vm1'\n", { name: 'vm1' }],
    ['name = "vm1" # comment\n', { name: 'vm1' }],
    ['name="a#b" # c', { name: 'a#b' }],
    ['#name = "no"\nname = "yes"', { name: 'yes' }],
    ['a=1;b=2;', { a: '1', b: '2' }],
    ['a=1\r\nb="x"\r\n', { a: '1', b: 'x' }],
    ['\ta\t=\t1', { a: '1' }],
    ['memory = 0x80\nmaxmem = 512', { memory: '0x80', maxmem: '512' }],
    ['a="1"\na="2"', { a: '2' }],
    ['a=[]', { a: [] }],
    ['a=[1]', { a: ['1'] }],
    ['a=[\'x\',"y",3,]', { a: ['x', 'y', '3'] }],
    ['a = [ # first\n  "x", # second\n\n  "y"\n  ,\n ]\nb=1', { a: ['x', 'y'], b: '1' }],
    ['a=[["x", 1], [], [[2]]]', { a: [['x', '1'], [], [['2']]] }],
    ['a="x"\na+="y"', { a: 'xy' }],
    ['a=["x"]\na+=["y", "z"]', { a: ['x', 'y', 'z'] }],
    ['a+=["x"]', { a: ['x'] }],
    ['a+="x"', { a: 'x' }],
    ['_a1 = 1', { _a1: '1' }],
    ['device_model_args=["-k","de"]', { device_model_args: ['-k', 'de'] }],
  ])('%j is understood', (text, settings) => expect(parsed(text)).toEqual(settings));

  it('may have any setting twice, quotes of the other kind, and names of JavaScript', () => {
    expect(parsed(`a='say "x"'\nb="it's"\nconstructor=1\ntoString="t"`)).toEqual({
      a: 'say "x"',
      b: "it's",
      constructor: '1',
      toString: 't',
    });
    expect(parseConfig('__proto__="p"').get('__proto__')).toBe('p');
  });

  it('is that of a real guest', () => {
    const text = `# guest
name    = "vm01"   # the name
uuid    = '5c0c9d1e-0000-4000-8000-000000000001'
type    = "pvh"; memory = 1024; maxmem=0x800
vcpus   = 2
disk    = [ 'phy:/dev/vg/vm01,xvda,w',   # root
            'phy:/dev/vg/swap,xvdb,w', ]
vif     = [ 'mac=00:16:3e:00:00:01,bridge=br0' ]
on_crash = "preserve"`;
    const config = parseConfig(text);
    expect(configText(config, 'name')).toBe('vm01');
    expect(configNumber(config, 'maxmem')).toBe(2048);
    expect(config.get('disk')).toEqual(['phy:/dev/vg/vm01,xvda,w', 'phy:/dev/vg/swap,xvdb,w']);
  });
});

describe('a backslash in a string', () => {
  it.each([
    ['"a\\"b"', 'a"b'],
    ["'a\\'b'", "a'b"],
    ['"a\\\\"', 'a\\'],
    ['"\\n\\t\\r\\a\\b\\f\\v"', '\n\t\r\x07\b\f\v'],
    ['"\\x41\\x7a"', 'Az'],
    ['"\\101\\0"', 'A\0'],
    ['"\\61b"', '1b'],
  ])('%s is %j', (value, text) => expect(parsed(`a=${value}`)).toEqual({ a: text }));
});

describe('what is no configuration is told by its line', () => {
  it.each([
    ['a="x', 1],
    ['a=1\nb="x\nc=2', 2],
    ["a=1\n\n\nb='x\\", 4],
    ['a=["x",\n"y",\n"z\n]', 3],
    ['a=[\n1\n2]', 3],
    ['a=[1', 1],
    ['a=[1,\n\n', 2],
    ['a=[,]', 1],
    ['a=[1,,2]', 1],
    ['a=]', 1],
    ['a', 1],
    ['a=', 1],
    ['a=\n1', 1],
    ['a b=1', 1],
    ['a=1 b=2', 1],
    ['a=b', 1],
    ['\n=1', 2],
    ['1a=1', 1],
    ['"a"=1', 1],
    ['# x\n# y\na==1', 3],
    ['a=1\nif x:\n', 2],
    ['a={"b":1}', 1],
    ['a=1.5', 1],
    ['a=-1', 1],
    ['a="x"\na+=["y"]', 2],
    ['a=["x"]\na+="y"', 2],
    ['a=1\r\nb', 2],
    ['\u0000', 1],
    ['a="x"\u00a0', 1],
    ['\ufeffa=1', 1],
  ])('%j: line %i', (text, line) => {
    const error = errorOf(text);
    expect(error.line).toBe(line);
    expect(error.message).toMatch(new RegExp(`^line ${line}: .+ expected, not .+`));
  });
});

describe('a configuration in any style', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((found) => !/[\r\n\\]/.test(found));
  const leaf = fc.oneof(text, fc.nat().map(String));
  const { value } = fc.letrec<{ value: ConfigValue; list: ConfigValue[] }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, tie('list')),
    list: fc.array(tie('value'), { maxLength: 4 }),
  }));
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
  const blank = fc.constantFrom('', ' ', '\t ', '  ');
  const gap = fc.constantFrom('', ' ', '\n', ' # with a "comment [\n', '\n\n\t', '\r\n');
  const style = fc.record({
    quote: fc.constantFrom('"', "'"),
    plain: fc.boolean(),
    trailing: fc.boolean(),
    blank,
    gap,
    end: fc.constantFrom('\n', ';', ' ; # x\n', '\r\n', ' # said it\n'),
  });
  type Style = typeof style extends fc.Arbitrary<infer Of> ? Of : never;

  function render(given: ConfigValue, by: Style): string {
    if (typeof given !== 'string') {
      const items = given.map((item) => by.gap + render(item, by) + by.gap);
      return `[${items.join(',')}${by.trailing && items.length > 0 ? ',' : ''}${by.gap}]`;
    }
    if (by.plain && /^\d+$/.test(given)) return given;
    return by.quote + given.replaceAll(by.quote, `\\${by.quote}`) + by.quote;
  }

  it('is parsed back to its names and values', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value, style), { selector: ([key]) => key }), (settings) => {
        const source = settings
          .map(([key, given, by]) => [by.blank, key, by.blank, '=', by.blank, render(given, by), by.end].join(''))
          .join('');
        expect([...parseConfig(source)]).toEqual(settings.map(([key, given]) => [key, given]));
        expect([...parseConfig(source.replace(/(\r?\n|;)$/, ''))]).toEqual([...parseConfig(source)]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('any text', () => {
  /** Parses and gives the milliseconds; any other error than that of the syntax fails the test. */
  function took(text: string): number {
    const from = performance.now();
    try {
      parseConfig(text);
    } catch (error) {
      if (!(error instanceof ConfigSyntaxError)) throw error;
      expect(error.line).toBeLessThanOrEqual(text.split('\n').length);
      expect(error.message.length).toBeLessThan(500);
    }
    return performance.now() - from;
  }

  it('of 10 kB is a configuration or a syntax error, at once', () => {
    const pieces = [
      'a',
      '=',
      '+=',
      '[',
      ']',
      ',',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      ';',
      ' ',
      '1',
      '\r',
      'name="x"\n',
      'é',
      '\0',
    ];
    const soup = fc.array(fc.constantFrom(...pieces), { minLength: 9000, maxLength: 10_000, size: 'max' });
    fc.assert(
      fc.property(soup, (parts) => {
        expect(took(parts.join(''))).toBeLessThan(1000);
      }),
      { numRuns: 30 },
    );
  });

  it('of random characters is a configuration or a syntax error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void took(text)),
      { numRuns: 2000 },
    );
  });

  const long = 100_000;
  it.each([
    ['opening brackets', '['.repeat(long)],
    ['opening brackets of a setting', `a=${'['.repeat(long)}`],
    ['nested lists that are closed', `a=${'['.repeat(long)}${']'.repeat(long)}`],
    ['blanks', ' '.repeat(long)],
    ['line ends in a list', `a=[${'\n'.repeat(long)}]`],
    ['quotes', '"'.repeat(long)],
    ['backslashes in an open string', `a="${'\\'.repeat(long)}`],
    ['a string of one megabyte', `a="${'x'.repeat(1 << 20)}"`],
    ['an open string of one megabyte', `a="${'x'.repeat(1 << 20)}`],
    ['escapes', `a="${'\\n'.repeat(long)}"`],
    ['a comment', `#${'#"[\''.repeat(long)}`],
    ['additions to a list', 'a+=[1]\n'.repeat(long / 7)],
    ['additions to a text', 'a+="x"\n'.repeat(long / 7)],
    ['items of a list', `a=[${'1,'.repeat(long)}]`],
    ['one name', 'n'.repeat(long)],
    ['one number', `a=${'1'.repeat(long)}`],
    ['equal signs', `a${'='.repeat(long)}`],
  ])('that is a hundred thousand times the same takes a few seconds at most: %s', (_, text) => {
    expect(took(text)).toBeLessThan(5000);
  });

  it('nested deeper than any list of xl is told so, with its line', () => {
    const { line, message } = errorOf(`a=1\nb=${'['.repeat(100_000)}`);
    expect([line, message]).toEqual([2, expect.stringContaining('nested')]);
  });

  it('nested as deep as a hundred lists is fine', () => {
    expect(() => parseConfig(`a=${'['.repeat(100)}${']'.repeat(100)}`)).not.toThrow();
  });
});

describe('a setting', () => {
  const config = parseConfig(
    'text="x"\nten=10\nhex=0x10\nquoted="12"\nempty=""\nlist=[1]\nbad=0xZ'.replace('0xZ', '"0xZ"'),
  );

  it('as text is undefined where it is a list or not set', () => {
    expect(['text', 'ten', 'empty', 'list', 'none'].map((name) => configText(config, name))).toEqual([
      'x',
      '10',
      '',
      undefined,
      undefined,
    ]);
  });

  it('as number may be quoted, and is undefined where it is none', () => {
    const names = ['ten', 'hex', 'quoted', 'text', 'empty', 'list', 'none', 'bad'];
    const none = undefined;
    expect(names.map((name) => configNumber(config, name))).toEqual([10, 16, 12, none, none, none, none, none]);
  });
});
