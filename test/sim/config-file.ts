import type { Spec } from './domain.ts';

type Value = string | string[];
type Kind =
  | 'IDENT'
  | 'STRING'
  | 'NUMBER'
  | 'NEWLINE'
  | "'='"
  | '+='
  | "','"
  | "'['"
  | "']'"
  | "';'"
  | 'end of file'
  | '$undefined';
interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly line: number;
}

/** A configuration xl would refuse; the message is what xl prints. */
export class ConfigError extends Error {}

const patterns: readonly [Kind | null, RegExp][] = [
  [null, /(?:[ \t\r\f]+|#.*)/y],
  ['NEWLINE', /\n/y],
  ['IDENT', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['NUMBER', /-?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?)/y],
  ['STRING', /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y],
  ['+=', /\+=/y],
  ["'='", /=/y],
  ["','", /,/y],
  ["'['", /\[/y],
  ["']'", /\]/y],
  ["';'", /;/y],
  ['$undefined', /./y],
];

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (!match) continue;
      if (kind) tokens.push({ kind, text: match[0], line });
      if (kind === 'NEWLINE') line++;
      at = pattern.lastIndex;
      break;
    }
  }
  tokens.push({ kind: 'end of file', text: '', line });
  return tokens;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

/**
 * Reads xl's configuration syntax: `key = value` or `key += value`, values being strings, numbers or lists.
 *
 * @throws ConfigError with xl's own words at the first token that does not fit.
 */
export function parseConfig(text: string, source: string): Map<string, Value> {
  const tokens = tokenize(text);
  const settings = new Map<string, Value>();
  let at = 0;
  const next = (): Token => tokens[Math.min(at, tokens.length - 1)] as Token;
  const take = (expected: readonly Kind[], hint = expected.join(' or ')): Token => {
    const token = next();
    if (!expected.includes(token.kind)) {
      const near = token.kind === 'NEWLINE' ? '\\n' : token.text;
      const what = `syntax error, unexpected ${token.kind}${hint ? `, expecting ${hint}` : ''}`;
      throw new ConfigError(`${source}:${token.line}: config parsing error near \`${near}': ${what}`);
    }
    at++;
    return token;
  };
  const atom = (hint?: string): string => {
    const token = take(['STRING', 'NUMBER'], hint);
    return token.kind === 'STRING' ? unquote(token.text) : token.text;
  };
  const skipLines = () => {
    while (next().kind === 'NEWLINE') at++;
  };
  const list = (): string[] => {
    const items: string[] = [];
    take(["'['"]);
    for (skipLines(); next().kind !== "']'"; skipLines()) {
      items.push(atom());
      skipLines();
      if (next().kind !== "']'") take(["','"], "',' or ']'");
    }
    take(["']'"]);
    return items;
  };
  for (;;) {
    while (next().kind === 'NEWLINE' || next().kind === "';'") at++;
    if (next().kind === 'end of file') return settings;
    const key = take(['IDENT'], 'end of file or IDENT').text;
    const adds = take(['+=', "'='"]).kind === '+=';
    const value = next().kind === "'['" ? list() : atom("STRING or NUMBER or '['");
    const before = settings.get(key);
    if (!adds || before === undefined) settings.set(key, value);
    else if (Array.isArray(before) && Array.isArray(value)) settings.set(key, [...before, ...value]);
    else settings.set(key, `${before}${value}`);
    if (next().kind !== 'end of file') take(['NEWLINE', "';'"]);
  }
}

/**
 * What the settings mean for the domain. `sim_*` keys, which a real xl does not look at, say how its guest behaves.
 *
 * @throws ConfigError when there is no name.
 */
export function specOf(settings: Map<string, Value>): Spec {
  const text = (key: string): string | null => {
    const value = settings.get(key);
    return typeof value === 'string' ? value : null;
  };
  const number = (key: string, otherwise: number): number => Number(text(key) ?? otherwise);
  const name = text('name');
  if (!name) throw new ConfigError('Domain name must be specified.');
  const type = text('type') ?? (text('builder') === 'hvm' ? 'hvm' : 'pv');
  const memory = number('memory', number('maxmem', 128));
  const crashAfter = text('sim_crash_after');
  const list = (key: string): readonly string[] => [settings.get(key) ?? []].flat();
  return {
    name,
    uuid: text('uuid'),
    type: type === 'hvm' || type === 'pvh' ? type : 'pv',
    memory,
    maxMemory: number('maxmem', memory),
    vcpus: number('vcpus', 1),
    kernel: text('kernel'),
    ramdisk: text('ramdisk'),
    cmdline: text('cmdline') ?? text('extra'),
    onPoweroff: text('on_poweroff') ?? 'destroy',
    onReboot: text('on_reboot') ?? 'restart',
    onCrash: text('on_crash') ?? 'destroy',
    bootSeconds: number('sim_boot_seconds', 1),
    createSeconds: number('sim_create_seconds', 0.3),
    shutdownSeconds: number('sim_shutdown_seconds', 0.3),
    ignoresShutdown: text('sim_shutdown') === 'ignore',
    pvDrivers: number('sim_pv_drivers', 1) !== 0,
    crashAfter: crashAfter === null ? null : Number(crashAfter),
    rebootSeconds: number('sim_reboot_seconds', 1),
    migrateMiBPerSecond: number('sim_migrate_mib_per_second', 512),
    ignoresSuspend: text('sim_suspend') === 'ignore',
    suspendSeconds: number('sim_suspend_seconds', 60),
    missingDisk: missingDisk(list('disk')),
    bridges: list('vif').flatMap((vif) => /(?:^|,)bridge=([^,]*)/.exec(vif)?.[1] ?? []),
  };
}

/** Disks are not simulated: as with kernels, what begins with /nonexistent is missing. */
function missingDisk(disks: readonly string[]): Spec['missingDisk'] {
  const parts = disks.map((disk) => disk.split(',')).find(([target]) => target?.startsWith('/nonexistent'));
  return parts === undefined ? null : { target: parts[0] ?? '', vdev: parts[2] ?? '' };
}
