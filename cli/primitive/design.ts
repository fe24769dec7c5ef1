type NameValues = Readonly<Record<string, string>>;

/** Resources to configure, and how they depend on each other. Every id is a name of XML (NCName). */
export interface Design {
  readonly primitives: readonly Primitive[];
  readonly groups: readonly { readonly id: string; readonly members: readonly string[] }[];
  /** Clones of a primitive or a group. */
  readonly clones: readonly { readonly id: string; readonly of: string; readonly meta: NameValues }[];
  /** `second` starts after `first` and stops before it. */
  readonly orders: readonly { readonly id: string; readonly first: string; readonly second: string }[];
  /** `resource` runs where `beside` runs. */
  readonly colocations: readonly { readonly id: string; readonly resource: string; readonly beside: string }[];
}

export interface Primitive {
  readonly id: string;
  /** `ocf` with a provider, or for example `systemd` without. */
  readonly agent: { readonly class: string; readonly provider?: string; readonly type: string };
  readonly parameters: NameValues;
  readonly operations: readonly Operation[];
  readonly meta: NameValues;
  readonly utilization: NameValues;
}

export interface Operation {
  readonly name: string;
  /** Seconds; 0 for what does not recur. */
  readonly interval: number;
  /** Seconds. */
  readonly timeout: number;
}

/** `class:provider:type`, as crm and pcs write it. */
export const agentName = ({ agent }: Primitive): string =>
  [agent.class, agent.provider, agent.type].filter((part) => part !== undefined).join(':');

/** A text made a name of XML, which ids of the cluster must be: other characters become dashes. */
export function idFrom(text: string): string {
  const id = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return /^[A-Za-z_]/.test(id) ? id : `vm-${id}`.replace(/-$/, '');
}

/** An operation that is not the monitor of the usual kind has no other in its name. */
export const once = (name: string, timeout: number): Operation => ({ name, interval: 0, timeout });

/** A design of one primitive and nothing else. */
export const oneVm = (primitive: Primitive): Design => ({
  primitives: [primitive],
  groups: [],
  clones: [],
  orders: [],
  colocations: [],
});
