import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** A mistake in a file, on a line that is counted from 1. */
export interface Mistake {
  readonly line: number;
  readonly what: string;
}

/** A value in a YAML file that knows where it stands. What is not as it should be is put among the mistakes. */
export interface YamlValue {
  /** As one would point at it: `hosts[2].mac`. */
  readonly name: string;
  readonly line: number;
  /** The text of a scalar as it is written; undefined for anything else, which is a mistake. */
  text(): string | undefined;
  /** The members of a sequence; none for anything else, which is a mistake. */
  list(): readonly YamlValue[];
  /** The members of a mapping; none for anything else, which is a mistake, as is a key that is not known. */
  map(knownKeys?: readonly string[]): ReadonlyMap<string, YamlValue>;
  mistake(what: string): void;
}

/** Reads a YAML file. When it is none at all, there are mistakes and no value. */
export function readYaml(text: string): { readonly root: YamlValue | undefined; readonly mistakes: Mistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const mistakes: Mistake[] = document.errors.map(({ pos, message }) => ({ line: lineOf(pos[0]), what: message }));
  const value = (given: unknown, name: string, parentLine: number): YamlValue => {
    const node = isAlias(given) ? given.resolve(document) : (given as Node | null);
    const line = node?.range == null ? parentLine : lineOf(node.range[0]);
    const mistake = (what: string) => void mistakes.push({ line, what: `${name === '' ? 'the file' : name} ${what}` });
    return {
      name,
      line,
      mistake,
      text: () => {
        if (isScalar(node) && node.value !== null) return node.source ?? String(node.value);
        mistake(node === null || isScalar(node) ? 'is empty' : 'must be a single value');
        return undefined;
      },
      list: () => {
        if (isSeq(node)) return node.items.map((item, index) => value(item, `${name}[${index + 1}]`, line));
        mistake('must be a list: lines that begin with a dash');
        return [];
      },
      map: (knownKeys) => {
        if (!isMap(node)) {
          mistake('must be lines of KEY: VALUE');
          return new Map();
        }
        const members = node.items.map(({ key, value: of }) => {
          const keyText = isScalar(key) ? String(key.value) : '';
          const keyLine = isScalar(key) && key.range != null ? lineOf(key.range[0]) : line;
          if (knownKeys !== undefined && !knownKeys.includes(keyText)) {
            const what = `${name === '' ? '' : `${name}: `}unknown key ${JSON.stringify(keyText)}; there are ${knownKeys.join(', ')}`;
            mistakes.push({ line: keyLine, what });
          }
          return [keyText, value(of, name === '' ? keyText : `${name}.${keyText}`, keyLine)] as const;
        });
        return new Map(members);
      },
    };
  };
  return { root: document.errors.length > 0 ? undefined : value(document.contents, '', 1), mistakes };
}
