/** A question that VMware asks about a VM and waits for. */
export interface Question {
  /** The number that an answer refers to. */
  readonly number: string;
  /** VMware's name of the message, for example `msg.uuid.altered`; undefined where the tool does not show it. */
  readonly message: string | undefined;
  readonly text: string;
  readonly choices: readonly Choice[];
  /** The key of the choice that is taken when nobody chooses. */
  readonly preset: string | undefined;
}

export interface Choice {
  readonly key: string;
  readonly label: string;
}

/** One rule of the operator: what to answer to questions whose name or text holds `pattern`. */
export interface AnswerRule {
  /** `*` for every question but those about a suspended state. */
  readonly pattern: string;
  /** A label, or `default`. */
  readonly label: string;
}

/**
 * Reads the rules `PATTERN=LABEL`, separated by semicolons.
 *
 * @returns undefined when the text is no such list.
 */
export function parseAnswerRules(text: string): readonly AnswerRule[] | undefined {
  const rules = text
    .split(';')
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '')
    .map((rule) => {
      const at = rule.lastIndexOf('=');
      return { pattern: rule.slice(0, Math.max(at, 0)).trim(), label: rule.slice(at + 1).trim() };
    });
  return rules.every(({ pattern, label }) => pattern !== '' && label !== '') ? rules : undefined;
}

/** The choice that the operator's rules give; the first rule that fits counts. */
export function ruledChoice(question: Question, rules: readonly AnswerRule[]): Choice | undefined {
  const words = `${question.message ?? ''} ${question.text}`.toLowerCase();
  const fits = ({ pattern }: AnswerRule) =>
    pattern === '*' ? !isAboutSuspendedState(question) : words.includes(pattern.toLowerCase());
  const rule = rules.find(fits);
  if (rule === undefined) return undefined;
  if (rule.label === 'default') return question.choices.find(({ key }) => key === question.preset);
  return choiceLabelled(question, [rule.label]);
}

/** Whether VMware asks if the VM was moved or copied, that is, if it keeps its UUID and its MAC addresses. */
export function isAboutUuid({ message, text }: Question): boolean {
  return (
    /^msg\.uuid\.(moved|altered)$/.test(message ?? '') ||
    /configuration file has changed(?: its location)? since/i.test(text) ||
    /moved or copied/i.test(text) ||
    /unique identifier \(UUID\)/i.test(text)
  );
}

/** Whether the question is about a suspended state that does not resume: a wrong answer throws it away. */
export function isAboutSuspendedState({ message, text }: Question): boolean {
  return /^msg\.checkpoint\./.test(message ?? '') || /suspended state|encapsulating the state/i.test(text);
}

/** Labels that keep the UUID, and that make a new one, for this VM only: never by number, which differs by product. */
export const uuidLabels = { keep: ['Keep', 'I moved it'], create: ['Create', 'I copied it'] } as const;

/** The choice with one of these labels; mnemonic marks and case do not count. */
export function choiceLabelled({ choices }: Question, labels: readonly string[]): Choice | undefined {
  const wanted = labels.map(plain);
  return choices.find(({ label }) => wanted.includes(plain(label)));
}

const plain = (label: string) => label.replace(/[_&]/g, '').trim().toLowerCase();

/** The question and its answers on one line, for an exit reason. */
export function describeQuestion({ text, choices }: Question): string {
  const question = text.replace(/\s+/g, ' ').trim();
  return `${JSON.stringify(question)} (${choices.map(({ label }) => label.replace(/[_&]/g, '')).join(', ')})`;
}
