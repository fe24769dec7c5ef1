import type { Site } from './site.ts';

/** Corosync's configuration. Its parser wants one `key: value` a line, and nothing behind a `{`. */
export function corosyncConf({ cluster, hosts, networks }: Site): string {
  const node = ({ name, addresses }: Site['hosts'][number], index: number) => `    node {
        nodeid: ${index + 1}
        name: ${name}
        ring0_addr: ${addresses.cluster}
${networks.second === undefined ? '' : `        ring1_addr: ${addresses.second}\n`}    }
`;
  return `totem {
    version: 2
    cluster_name: ${cluster}
    transport: knet
    crypto_cipher: aes256
    crypto_hash: sha256
}
logging {
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    to_syslog: no
    timestamp: on
}
quorum {
    provider: corosync_votequorum
${hosts.length === 2 ? '    two_node: 1\n' : ''}}
nodelist {
${hosts.map(node).join('')}}
`;
}
