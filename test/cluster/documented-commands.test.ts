import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentedPages } from '../support/documented-pages.ts';
import { extractedPackages } from '../support/extracted-packages.ts';
import { startVmCluster, type VmCluster } from './vm-cluster.ts';

// The commands of crm in the documentation, run by the real crmsh on a copy of a real cluster's configuration, with the
// meta-data of our agents and of those around them; then Pacemaker's own judgement of each page's outcome.

const pages = documentedPages()
  .map((page) => ({ ...page, commands: page.commands.filter((command) => command.startsWith('crm ')) }))
  .filter(({ commands }) => commands.length > 0)
  .map((page, index) => ({ ...page, shadow: `page${index}` }));

let cluster: VmCluster;
beforeAll(async () => {
  const fencing = await extractedPackages(['fence-agents', 'python3-pexpect', 'python3-ptyprocess', 'python3-pycurl']);
  cluster = await startVmCluster({
    name: 'documented',
    nodes: 1,
    install: Object.fromEntries(
      ['/usr/sbin/fence_ipmilan', '/usr/share/fence', '/usr/lib/python3/dist-packages'].map((path) => [
        path,
        join(fencing, path),
      ]),
    ),
  });
});
afterAll(() => cluster?.down());

const run = (shadow: string, script: string, input = '') =>
  cluster
    .node('node1')
    .exec(['sh', '-c', `mkdir -p /srv/${shadow} && cd /srv/${shadow} && export CIB_shadow=${shadow}\n${script}`], {
      timeout: 120_000,
      input,
    });

it.concurrent.each(pages)(
  'every command of crm in $file works, and Pacemaker finds right what they leave',
  async ({ commands, files, shadow }) => {
    const list = files.get('hosts.yaml');
    const names = [...commands, list ?? ''].flatMap((text) => text.match(/\b(host|server)\d+\b/g) ?? []);
    const entries = [...new Set(names)].map((name, index) => `<node id="${100 + index}" uname="${name}"/>`);
    await must(shadow, `crm_shadow --batch --force --create ${shadow}`);
    for (const entry of entries) await must(shadow, `cibadmin --create --scope nodes --xml-text '${entry}'`);
    if (list !== undefined) await must(shadow, 'cat >hosts.yaml && ocf-virt init hosts.yaml', list);
    for (const command of commands) await must(shadow, command);
    // It would fence nodes that it has never seen.
    for (const entry of entries) await must(shadow, `cibadmin --delete --scope nodes --xml-text '${entry}'`);
    await must(shadow, 'crm_verify -V -V --xml-file "$(crm_shadow --file)"');
  },
);

/** Runs what must succeed without a complaint. */
async function must(shadow: string, script: string, input = ''): Promise<void> {
  const { code, stdout, stderr } = await run(shadow, script, input);
  const complaints = `${stdout}${stderr}`.match(/^.*(?:ERROR|WARNING|Traceback).*$/gim);
  expect({ script, code, complaints, stderr: code === 0 ? '' : stderr }).toEqual({
    script,
    code: 0,
    complaints: null,
    stderr: '',
  });
}
