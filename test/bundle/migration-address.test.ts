import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { builtAgent, forms, withInstalled } from '../support/installed.ts';

const schemas = `${process.cwd()}/test/fixtures/ocf`;
const name = 'MigrationAddress';
const installed = `/usr/lib/ocf/resource.d/virt/${name}`;

/** A cluster of one node, as far as its attributes go: each is a file. */
const oneNode = `mkdir -p /run/bin /run/attributes && export PATH=/run/bin:$PATH
cat >/run/bin/crm_attribute <<'X'
#!/bin/sh
# --node NODE --name NAME --lifetime LIFETIME CHANGE
file=/run/attributes/$4-$6
case $7 in
--query) test -e $file || exit 105; cat $file ;;
--delete) rm -f $file ;;
--update=*) echo "\${7#--update=}" >$file ;;
esac
X
printf '#!/bin/sh\\necho node1\\n' >/run/bin/crm_node
chmod 755 /run/bin/*
`;

describe.each(forms)('the %s form of ocf:virt:MigrationAddress', (form) => {
  it('passes ocf-tester without an error', async () => {
    const { all, exitCode } = await withInstalled(
      form,
      '/nowhere',
      `${oneNode}ocf-tester -n address -o network=127.0.0.0/8 ${installed}`,
    );
    expect(all).toContain(`${installed} passed all tests`);
    expect(all).not.toMatch(/rc=|fail|error/i);
    expect(exitCode).toBe(0);
  });

  it('publishes, watches and withdraws an address', async () => {
    const { stdout, stderr } = await withInstalled(
      form,
      '/nowhere',
      `${oneNode}export OCF_RESOURCE_INSTANCE=address OCF_RESKEY_interface=lo OCF_RESKEY_family=ipv4
      act() { OCF_RESKEY_CRM_meta_interval=\${2:-0} ${installed} $1; echo $1 $? $(cat /run/attributes/* 2>/dev/null); }
      act monitor; act start; act monitor 10000
      export OCF_RESKEY_interface=nix0; act monitor 10000
      export OCF_RESKEY_interface=lo; act monitor 10000; act stop; act stop; act monitor`,
    );
    expect(stdout.split('\n')).toEqual([
      'monitor 7',
      'start 0 127.0.0.1',
      'monitor 0 127.0.0.1',
      'monitor 190',
      'monitor 0 127.0.0.1',
      'stop 0',
      'stop 0',
      'monitor 7',
    ]);
    expect(stderr).toContain('ocf-exit-reason:address: ip_livemigration is withdrawn: there is no interface nix0.');
  });

  it('has meta-data that is valid against the DTD of ocf-tester and the schema of OCF 1.1', async () => {
    const { stdout: input } = await execa(builtAgent(form, name), ['meta-data']);
    for (const [schema, says] of [
      [['--valid'], ''],
      [['--relaxng', 'ra-api-1.1.rng'], '- validates'],
    ] as const) {
      const { exitCode, stderr } = await execa('xmllint', ['--noout', ...schema, '-'], {
        input,
        cwd: schemas,
        reject: false,
      });
      expect([exitCode, stderr]).toEqual([0, says]);
    }
  });

  it('is read by crm and pcs without a warning', async () => {
    const crm = await withInstalled(form, '/nowhere', `crm ra info ocf:virt:${name}`);
    expect(crm.stderr).toBe('');
    expect(crm.stdout).toContain(
      `Publishes a node's address for live migrations as a node attribute (ocf:virt:${name})`,
    );
    const pcs = await withInstalled(form, '/nowhere', `pcs resource describe ocf:virt:${name}`);
    expect(pcs.stderr).toBe('');
    expect(pcs.stdout).toContain('network');
    expect(pcs.exitCode).toBe(0);
  });
});
