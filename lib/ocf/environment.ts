import { failed } from './error.ts';

/** What Pacemaker hands over to an agent, read once and typed. */
export interface OcfEnvironment {
  /** Resource id, `OCF_RESOURCE_INSTANCE`; `default` when the agent is run by hand. */
  readonly instance: string;
  readonly action: string;
  /** Milliseconds that Pacemaker gives the action; undefined outside Pacemaker. */
  readonly timeoutMs: number | undefined;
  /** A monitor that is not a recurring one: it asks whether the resource is here at all. */
  readonly isProbe: boolean;
  /** `OCF_CHECK_LEVEL`: 0, 10 or 20. */
  readonly checkLevel: number;
  /** This node's name in the cluster; undefined outside Pacemaker. */
  readonly nodeName: string | undefined;
  readonly migrateSource: string | undefined;
  readonly migrateTarget: string | undefined;
  /** Raw parameter values by name, without the reserved `CRM_meta_` ones. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What a line must begin with for Pacemaker to take it as the exit reason. */
  readonly reasonPrefix: string;
}

const parameterPrefix = 'OCF_RESKEY_';

/**
 * Reads the environment of OCF 1.1 section "Environment Variables" and the `CRM_meta_` values that Pacemaker adds.
 *
 * @throws OcfError exit 1 when the caller speaks another major version of the agent API.
 */
export function readEnvironment(action: string, env: Readonly<Record<string, string | undefined>>): OcfEnvironment {
  const major = env['OCF_RA_VERSION_MAJOR'];
  if (major !== undefined && major !== '' && major !== '1') {
    throw failed(
      `OCF_RA_VERSION_MAJOR is ${major}, this agent speaks version 1 of the OCF resource agent API`,
      'run it under Pacemaker 1.1 or 2, or unset OCF_RA_VERSION_MAJOR',
    );
  }
  const parameters: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith(parameterPrefix) || value === undefined) continue;
    const name = key.slice(parameterPrefix.length);
    if (name.startsWith('CRM_meta_') || name === 'crm_feature_set') continue;
    parameters[name] = value;
  }
  const meta = (name: string) => nonEmpty(env[`${parameterPrefix}CRM_meta_${name}`]);
  return {
    instance: nonEmpty(env['OCF_RESOURCE_INSTANCE']) ?? 'default',
    action,
    timeoutMs: bounded(positive(meta('timeout'))),
    isProbe: action === 'monitor' && (meta('interval') ?? '0') === '0',
    checkLevel: positive(nonEmpty(env['OCF_CHECK_LEVEL'])) ?? 0,
    nodeName: meta('on_node'),
    migrateSource: meta('migrate_source'),
    migrateTarget: meta('migrate_target'),
    parameters,
    reasonPrefix: nonEmpty(env['OCF_EXIT_REASON_PREFIX']) ?? 'ocf-exit-reason:',
  };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

/** A timer of the runtime takes 31 bits of milliseconds, 24 days: one set for longer goes off at once. */
function bounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.min(ms, 2 ** 31 - 1);
}

function positive(value: string | undefined): number | undefined {
  const number = Number(value);
  return value !== undefined && Number.isFinite(number) && number > 0 ? number : undefined;
}
