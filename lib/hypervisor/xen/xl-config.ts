/** A value of an xl configuration file: text, number (as written, base 10 or 0x), or a list of values. */
export type ConfigValue = string | readonly ConfigValue[];

/** The settings of an xl configuration file by name. */
export type Config = ReadonlyMap<string, ConfigValue>;

/** Why a text is no xl configuration; `line` counts from 1. */
export class ConfigSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, near: string, expected: string) {
    super(
      `line ${line}: ${expected}, not ${near === '\n' || near === '' ? 'the end of the line' : JSON.stringify(near)}`,
    );
    this.name = 'ConfigSyntaxError';
    this.line = line;
  }
}

/** Lists in lists: xl knows none deeper than 2, and the parser must not run out of stack. */
const deepest = 100;

type TokenKind = 'name' | 'number' | 'string' | 'end' | 'punctuation' | 'bad';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
}

/**
 * Parses the syntax of xl.cfg(5) as Xen's tools/libs/util/libxlu_cfg_l.l and libxlu_cfg_y.y define it: settings ended by
 * a line end or `;`, `#` comments, strings in either quote with backslash escapes, lists over several lines, `+=`.
 * A setting that stands twice has its last value.
 *
 * @throws ConfigSyntaxError with the line.
 */
export function parseConfig(text: string): Config {
  const tokens = tokenize(text);
  const settings = new Map<string, ConfigValue>();
  let at = 0;
  const peek = (): Token => tokens[at] ?? { kind: 'end', text: '', line: tokens.at(-1)?.line ?? 1 };
  const take = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };
  const isPunctuation = (token: Token, text: string) => token.kind === 'punctuation' && token.text === text;
  const skipLineEnds = () => {
    while (at < tokens.length && peek().kind === 'end' && peek().text === '\n') at += 1;
  };

  const value = (depth = 0): ConfigValue => {
    const token = take();
    if (token.kind === 'string' || token.kind === 'number') return token.text;
    if (!isPunctuation(token, '[')) throw new ConfigSyntaxError(token.line, token.text, 'a value was expected');
    if (depth === deepest)
      throw new ConfigSyntaxError(token.line, token.text, `lists nested at most ${deepest} deep were expected`);
    const items: ConfigValue[] = [];
    for (;;) {
      skipLineEnds();
      if (isPunctuation(peek(), ']')) break;
      items.push(value(depth + 1));
      skipLineEnds();
      if (isPunctuation(peek(), ',')) take();
      else if (!isPunctuation(peek(), ']')) {
        throw new ConfigSyntaxError(peek().line, peek().text, 'a comma or ] was expected');
      }
    }
    take();
    return items;
  };

  while (at < tokens.length) {
    if (peek().kind === 'end') {
      at += 1;
      continue;
    }
    const name = take();
    if (name.kind !== 'name') throw new ConfigSyntaxError(name.line, name.text, 'the name of a setting was expected');
    const sign = take();
    const adds = isPunctuation(sign, '+=');
    if (!adds && !isPunctuation(sign, '=')) throw new ConfigSyntaxError(sign.line, sign.text, '= or += was expected');
    const given = value();
    settings.set(name.text, adds ? added(settings.get(name.text), given, name.line) : given);
    if (peek().kind !== 'end')
      throw new ConfigSyntaxError(peek().line, peek().text, 'the end of the setting was expected');
  }
  return settings;
}

/** `+=` appends to a text or to a list, and sets what was not set. */
function added(old: ConfigValue | undefined, more: ConfigValue, line: number): ConfigValue {
  if (old === undefined) return more;
  if (typeof old === 'string' && typeof more === 'string') return old + more;
  if (typeof old !== 'string' && typeof more !== 'string') return [...old, ...more];
  throw new ConfigSyntaxError(line, '+=', 'both sides of += of the same kind were expected');
}

const rules: readonly (readonly [TokenKind | 'blank', RegExp])[] = [
  ['blank', /[ \t\r]+|#[^\n]*/y],
  ['end', /\n|;/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /[0-9][0-9a-fA-FxX]*/y],
  ['string', /'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*"/y],
  ['punctuation', /\+=|[=[\],]/y],
  ['bad', /./suy],
];

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    for (const [kind, rule] of rules) {
      rule.lastIndex = at;
      const found = rule.exec(text)?.[0];
      if (found === undefined) continue;
      at += found.length;
      if (kind === 'bad') throw new ConfigSyntaxError(line, found, 'a setting, a value or a comment was expected');
      if (kind !== 'blank') tokens.push({ kind, text: kind === 'string' ? unquote(found) : found, line });
      if (found === '\n') line += 1;
      break;
    }
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/gsu, (_, code: string) => {
    if (/^x[0-9a-fA-F]/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return escapes[code] ?? code;
  });
}

/** A setting as text; undefined when it is not set or is a list. */
export function configText(config: Config, name: string): string | undefined {
  const value = config.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** A setting as number (decimal or 0x); undefined when it is not set or is none. */
export function configNumber(config: Config, name: string): number | undefined {
  const text = configText(config, name);
  const number = Number(text);
  return text === undefined || text === '' || !Number.isFinite(number) ? undefined : number;
}
