/** The definition of one resource parameter: meta-data, parsing, validation and documentation derive from it. */
export type Parameter = Text | Flag | Integer | Seconds | Choice;

interface Common {
  /** One line for lists and prompts. */
  readonly short: string;
  /** Everything that the operator has to know, in plain text. */
  readonly long: string;
  readonly required?: boolean;
  /** A change takes effect by reload-agent, without a restart of the VM. */
  readonly reloadable?: boolean;
  /** Two resources may not have the same value (OCF 1.1 `unique-group`). */
  readonly uniqueGroup?: string;
}

interface Text extends Common {
  readonly type: 'text';
  readonly default?: string;
  /** Says what is wrong with a value, as the end of the sentence "NAME is VALUE: …"; undefined when nothing is. */
  readonly check?: (value: string) => string | undefined;
}

interface Flag extends Common {
  readonly type: 'flag';
  readonly default: boolean;
}

interface Integer extends Common {
  readonly type: 'integer';
  readonly default?: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What the number counts, for example `MiB`. */
  readonly unit: string;
}

interface Seconds extends Common {
  readonly type: 'seconds';
  readonly default?: number;
  readonly minimum?: number;
}

interface Choice extends Common {
  readonly type: 'choice';
  readonly options: readonly string[];
  readonly default: string;
}

export type Parameters = Readonly<Record<string, Parameter>>;

type TypeOf<P extends Parameter> = P extends Text
  ? string
  : P extends Flag
    ? boolean
    : P extends Integer | Seconds
      ? number
      : P extends Choice
        ? P['options'][number]
        : never;

type Always<P extends Parameter> = P extends { required: true } | { default: unknown } ? true : false;

/** The typed values of a parameter table: required and defaulted ones are always there. */
export type Values<P extends Parameters> = {
  readonly [Name in keyof P]: Always<P[Name]> extends true ? TypeOf<P[Name]> : TypeOf<P[Name]> | undefined;
};

/** One value that cannot be used. */
export interface Problem {
  readonly parameter: string;
  /** What is wrong, for example `stop_method is "explode"`. */
  readonly message: string;
  /** What to do, for example `use one of shutdown, acpi, save, destroy`. */
  readonly remedy: string;
}

/**
 * Parses and validates raw values. A value with a problem is replaced by the parameter's default, so that a caller
 * that has to go on (stop) can; a required text, which has none, stays what was given.
 */
export function readParameters<P extends Parameters>(
  parameters: P,
  raw: Readonly<Record<string, string>>,
): { readonly values: Values<P>; readonly problems: readonly Problem[] } {
  const values: Record<string, string | boolean | number | undefined> = {};
  const problems: Problem[] = [];
  for (const [name, parameter] of Object.entries(parameters)) {
    const text = raw[name]?.trim() ?? '';
    values[name] = parameter.default ?? (parameter.required ? text : undefined);
    if (text === '') {
      if (parameter.required) {
        problems.push({ parameter: name, message: `${name} is not set`, remedy: `set ${name}: ${parameter.short}` });
      }
      continue;
    }
    const read = readValue(parameter, text);
    if ('value' in read) values[name] = read.value;
    else problems.push({ parameter: name, message: `${name} is ${JSON.stringify(text)}`, remedy: read.remedy });
  }
  // The loop has set every name of P to a value of its type, which the compiler cannot follow.
  return { values: values as Values<P>, problems };
}

type Read = { readonly value: string | boolean | number } | { readonly remedy: string };

function readValue(parameter: Parameter, text: string): Read {
  switch (parameter.type) {
    case 'text': {
      const wrong = parameter.check?.(text);
      return wrong === undefined ? { value: text } : { remedy: wrong };
    }
    case 'flag':
      return readFlag(text);
    case 'choice':
      return parameter.options.includes(text)
        ? { value: text }
        : { remedy: `use one of ${parameter.options.join(', ')}` };
    case 'integer': {
      const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (value >= parameter.minimum && value <= parameter.maximum) return { value };
      return { remedy: `use a whole number of ${parameter.unit} from ${parameter.minimum} to ${parameter.maximum}` };
    }
    case 'seconds': {
      const value = readSeconds(text);
      const minimum = parameter.minimum ?? 0;
      if (value !== undefined && value >= minimum) return { value };
      return { remedy: `use a time of at least ${minimum} seconds, such as 90, 90s or 2min` };
    }
  }
}

/** The words that the shell agents' `ocf_is_true` knows, and their opposites. */
function readFlag(text: string): Read {
  if (/^(yes|true|1|ja|on)$/i.test(text)) return { value: true };
  if (/^(no|false|0|nein|off)$/i.test(text)) return { value: false };
  return { remedy: 'use true or false' };
}

/** Pacemaker's units. */
const unitSeconds: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['us', 1e-6],
  ['usec', 1e-6],
  ['ms', 1e-3],
  ['msec', 1e-3],
  ['s', 1],
  ['sec', 1],
  ['m', 60],
  ['min', 60],
  ['h', 3600],
  ['hr', 3600],
]);

/** A time in seconds, with Pacemaker's units; undefined when the text is none. */
function readSeconds(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const unit = unitSeconds.get(match?.[2]?.toLowerCase() ?? '');
  const seconds = Number(match?.[1]) * (unit ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}
