import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { serviceEnvironment } from '../support/service-files.ts';
import { addressOf, networks } from './network.ts';

/** What every node has beside the machine's own files: an overlay layer over `/`. */
export interface ImageOptions {
  readonly nodes: readonly string[];
  /** corosync's token in milliseconds, for two nodes. */
  readonly tokenMs: number;
  readonly fencing: boolean;
  /** Shell commands that each boot runs before sshd and corosync. */
  readonly atBoot: string;
  /** Files and folders to copy into the image: path in the node, path on this machine. */
  readonly install: Readonly<Record<string, string>>;
}

/** Fills the folder of the image. */
export async function makeImage(folder: string, options: ImageOptions): Promise<void> {
  const write = (path: string, text: string, mode = 0o644) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };
  write(
    'etc/hosts',
    `127.0.0.1 localhost\n${options.nodes.map((node, i) => `${addressOf(i + 1, 'cluster')} ${node}\n`).join('')}`,
  );
  write('etc/corosync/corosync.conf', corosyncConf(options));
  write('etc/default/pacemaker', pacemakerDefaults());
  write('etc/first-cib.xml', await firstCib(options));
  write('etc/at-boot.sh', `${options.atBoot}\n`);
  write('usr/sbin/fence_test_power', readFileSync(join(import.meta.dirname, 'fence-agent.sh'), 'utf8'), 0o755);
  await makeSsh(folder, options.nodes, write);
  for (const [to, from] of Object.entries(options.install)) {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(from, join(folder, to), { recursive: true, verbatimSymlinks: true });
  }
}

/**
 * What corosync makes of the token, in milliseconds: it grows with the nodes. A silent node is declared lost after
 * the token and its consensus, which is 1.2 times as long.
 */
export function effectiveToken(tokenMs: number, nodes: number): number {
  return tokenMs + 650 * Math.max(0, nodes - 2);
}

/** One `key: value` a line and nothing after `{`: corosync's parser knows no other way. */
function corosyncConf({ nodes, tokenMs }: ImageOptions): string {
  const entries = nodes.map(
    (node, index) =>
      `    node {\n        nodeid: ${index + 1}\n        name: ${node}\n        ring0_addr: ${addressOf(index + 1, 'cluster')}\n    }\n`,
  );
  return `totem {
    version: 2
    cluster_name: ocf-virt-test
    transport: knet
    crypto_cipher: none
    crypto_hash: none
    token: ${tokenMs}
}
logging {
    to_stderr: no
    to_syslog: no
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    timestamp: hires
}
quorum {
    provider: corosync_votequorum
${nodes.length === 2 ? '    two_node: 1\n' : ''}}
nodelist {
${entries.join('')}}
`;
}

const pacemakerDefaults = () => `PCMK_logfile=/var/log/pacemaker/pacemaker.log
PCMK_logfacility=none
PCMK_fail_fast=no
${serviceEnvironment().join('\n')}
`;

/**
 * The cluster's configuration at its first start. Without it each start waits for the default dc-deadtime of 20 s.
 * Its head is the installed Pacemaker's own: a newer crm_feature_set than the installed one kills the controller.
 */
async function firstCib({ nodes, fencing }: ImageOptions): Promise<string> {
  const empty = await execa('cibadmin', ['--empty'], { timeout: 10_000 });
  const head = empty.stdout.split('\n')[0] ?? '';
  const properties = {
    'dc-deadtime': '2s',
    'cluster-name': 'ocf-virt-test',
    'stonith-enabled': String(fencing),
    'transition-delay': '0s',
  };
  const device = `<primitive id="fencing" class="stonith" type="fence_test_power">
<instance_attributes id="fencing-i"><nvpair id="fencing-hosts" name="pcmk_host_list" value="${nodes.join(' ')}"/></instance_attributes>
<operations><op id="fencing-monitor" name="monitor" interval="60s" timeout="20s"/></operations>
</primitive>`;
  const pairs = (prefix: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values)
      .map(([name, value]) => `<nvpair id="${prefix}-${name}" name="${name}" value="${value}"/>`)
      .join('');
  return `${head}
<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">${pairs('option', properties)}</cluster_property_set></crm_config>
<nodes/><resources>${fencing ? device : ''}</resources><constraints/>
<rsc_defaults><meta_attributes id="rsc-options">${pairs('default', {
    // Without it a VM that was moved goes back as soon as the constraint of the move is cleared.
    'resource-stickiness': '100',
  })}</meta_attributes></rsc_defaults></configuration><status/></cib>
`;
}

/** One host key and one user key for all nodes; known by name and by the address on either network. */
async function makeSsh(
  folder: string,
  nodes: readonly string[],
  write: (path: string, text: string, mode?: number) => void,
): Promise<void> {
  write('etc/ssh/sshd_config', sshdConfig, 0o600);
  write('root/.ssh/config', 'Host *\n    StrictHostKeyChecking yes\n    GSSAPIAuthentication no\n', 0o600);
  const key = async (file: string) => {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, file)], {
      timeout: 10_000,
    });
    return readFileSync(join(folder, `${file}.pub`), 'utf8').trim();
  };
  const hostKey = await key('etc/ssh/host_key');
  write('root/.ssh/authorized_keys', `${await key('root/.ssh/id_ed25519')}\n`, 0o600);
  const known = nodes.map((node, index) => {
    const names = [node, ...networks.map((network) => addressOf(index + 1, network))];
    return `${names.join(',')} ${hostKey}\n`;
  });
  write('root/.ssh/known_hosts', known.join(''), 0o600);
  chmodSync(join(folder, 'root/.ssh'), 0o700);
  chmodSync(join(folder, 'root'), 0o700);
}

const sshdConfig = `HostKey /etc/ssh/host_key
PermitRootLogin prohibit-password
AuthorizedKeysFile /root/.ssh/authorized_keys
PasswordAuthentication no
UsePAM no
UseDNS no
PidFile /run/sshd.pid
LogLevel VERBOSE
Subsystem sftp internal-sftp
`;
