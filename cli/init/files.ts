import { clusterBatch } from './cluster-batch.ts';
import { corosyncConf } from './corosync.ts';
import { networkBootFiles } from './network-boot.ts';
import type { Site } from './site.ts';

/** A file that is made of a list of hosts. */
export interface SiteFile {
  /** Below the folder of the output: whose it is, then where it belongs there. */
  readonly path: string;
  readonly text: string;
}

/** Everything that follows from a list of hosts. */
export function siteFiles(site: Site): SiteFile[] {
  return [
    { path: 'every-node/etc/hosts', text: hostsFile(site) },
    { path: 'every-node/etc/corosync/corosync.conf', text: corosyncConf(site) },
    { path: 'cluster.crm', text: clusterBatch(site) },
    ...(site.boot === undefined ? [] : networkBootFiles(site, site.boot)),
  ];
}

/** Names of nodes are those of the cluster's network, on every node alike: not 127.0.1.1, as Debian's installer has it. */
function hostsFile({ hosts }: Site): string {
  return `127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
${hosts.map(({ name, addresses }) => `${addresses.cluster} ${name}\n`).join('')}`;
}
