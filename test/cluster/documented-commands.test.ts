import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
      timeout: 60_000,
      input,
    });

describe.each(pages)('$file', ({ commands, files, shadow }) => {
  const list = files.get('hosts.yaml');
  const names = [...commands, list ?? ''].flatMap((text) => text.match(/\b(host|server)\d+\b/g) ?? []);
  const entries = [...new Set(names)].map((name, index) => `<node id="${100 + index}" uname="${name}"/>`);

  beforeAll(async () => {
    const made = await run(shadow, `crm_shadow --batch --force --create ${shadow}`);
    expect([made.code, made.stderr]).toEqual([0, '']);
    for (const entry of entries) await run(shadow, `cibadmin --create --scope nodes --xml-text '${entry}'`);
    if (list !== undefined) {
      const done = await run(shadow, 'cat >hosts.yaml && ocf-virt init hosts.yaml', list);
      expect([done.code, done.stderr]).toEqual([0, '']);
    }
  });

  it.each(commands)('%s', async (command) => {
    const { code, stdout, stderr } = await run(shadow, command);
    expect({ code, complaints: `${stdout}${stderr}`.match(/^.*(?:ERROR|WARNING|Traceback).*$/gim) }).toEqual({
      code: 0,
      complaints: null,
    });
  });

  it('leaves a configuration that Pacemaker finds right', async () => {
    // It would fence nodes that it has never seen.
    for (const entry of entries) await run(shadow, `cibadmin --delete --scope nodes --xml-text '${entry}'`);
    const { code, stdout, stderr } = await run(shadow, 'crm_verify -V -V --xml-file "$(crm_shadow --file)"');
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  });
});
