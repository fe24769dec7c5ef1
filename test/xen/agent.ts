import { type Host, quote } from './host.ts';
import { type Form, providerOf } from './install-agents.ts';

export interface Outcome {
  readonly code: number;
  /** The text of the `ocf-exit-reason` line; empty without one. */
  readonly reason: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Call {
  readonly form?: Form;
  /** The resource and, unless `params` say something else, its configuration /etc/xen/RESOURCE.cfg. */
  readonly resource?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Of the operation, in seconds. */
  readonly timeout?: number;
  /** Of a recurring monitor, in seconds; without it a monitor is a probe. */
  readonly interval?: number;
  /** Further meta values, as migrate_target. */
  readonly meta?: Readonly<Record<string, string>>;
  /** A command line in which the agent runs instead of bash, for example `unshare -m`. */
  readonly within?: string;
}

/** Runs an action of the built agent in a host as Pacemaker does, with an environment of its own, without Pacemaker. */
export async function runAgent(host: Host, action: string, call: Call = {}): Promise<Outcome> {
  const { form = 'native', resource = 'h1', params = {}, timeout = 60, interval = 0, meta = {}, within = '' } = call;
  const metaValues = {
    timeout: String(timeout * 1000),
    interval: String(interval * 1000),
    on_node: host.name,
    ...meta,
  };
  const environment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C',
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESOURCE_INSTANCE: resource,
    OCF_RESOURCE_PROVIDER: providerOf[form],
    OCF_RESOURCE_TYPE: 'Xen',
    OCF_RESKEY_xmfile: `/etc/xen/${resource}.cfg`,
    ...Object.fromEntries(Object.entries(params).map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
    ...Object.fromEntries(Object.entries(metaValues).map(([name, value]) => [`OCF_RESKEY_CRM_meta_${name}`, value])),
  };
  const settings = Object.entries(environment).map(([name, value]) => quote(`${name}=${value}`));
  const agent = `/usr/lib/ocf/resource.d/${providerOf[form]}/Xen`;
  const start = Date.now();
  // Pacemaker leads the agent into a process group of its own and kills that; `timeout` here does the same.
  const { code, stderr } = await host.run(`cd / && ${within} env -i ${settings.join(' ')} ${agent} ${action}`, {
    timeout,
  });
  const reason = /^ocf-exit-reason:(.*)$/m.exec(stderr)?.[1] ?? '';
  return { code, reason, stderr, seconds: (Date.now() - start) / 1000 };
}
