import { oneLine } from '../../lib/system/log.ts';

/** What Pacemaker tells an alert agent, in its environment (Pacemaker Explained, "Alerts"). */
export type Alert =
  /** `state`: `member` or `lost`. */
  | { readonly kind: 'node'; readonly node: string; readonly state: string }
  | {
      readonly kind: 'fencing';
      readonly node: string;
      /** `reboot`, `off`, `on`. */
      readonly action: string;
      readonly code: number;
      /** `Operation reboot of node2 by node1 for …: OK (ref=…)` */
      readonly words: string;
    }
  | {
      readonly kind: 'resource';
      readonly node: string;
      readonly resource: string;
      /** `start`, `monitor`, `migrate_to`, …; `asyncmon` for what crm_resource --fail told. */
      readonly action: string;
      readonly intervalMs: number;
      /** OCF exit code, and the one that the cluster had expected. */
      readonly code: number;
      readonly expected: number;
      /** How the action ended, in Pacemaker's words: `ok`, `not running`, `Timed Out`. */
      readonly words: string;
      /** 0 done, 1 cancelled, 2 timed out, and more; -1 under way (`enum pcmk_exec_status`). */
      readonly status: number;
    };

/** Characters of a value that are told; Pacemaker's own words are shorter. */
const longestText = 1000;

/** Reads an alert; undefined when it is of another kind, or the program was not called by Pacemaker. */
export function readAlert(env: Readonly<Record<string, string | undefined>>): Alert | undefined {
  // Mailed, and shown by whatever a command hands it to.
  const text = (name: string) => oneLine(env[`CRM_alert_${name}`] ?? '').slice(0, longestText);
  const number = (name: string) => (/^-?\d+$/.test(text(name)) ? Number(text(name)) : Number.NaN);
  const node = text('node');
  switch (text('kind')) {
    case 'node':
      return { kind: 'node', node, state: text('desc') };
    case 'fencing':
      // The task is always st_notify_fence; only the words say what was done (seen with 2.1.5).
      return {
        kind: 'fencing',
        node,
        action: /^Operation (\S+) of /.exec(text('desc'))?.[1] ?? 'fencing',
        code: number('rc'),
        words: text('desc'),
      };
    case 'resource':
      return {
        kind: 'resource',
        node,
        resource: text('rsc'),
        action: text('task'),
        intervalMs: number('interval'),
        code: number('rc'),
        expected: number('target_rc'),
        words: text('desc'),
        status: number('status'),
      };
    default:
      return undefined;
  }
}
