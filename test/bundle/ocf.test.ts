import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { builtAgent, forms, withInstalled } from '../support/installed.ts';

let sim: string;
beforeAll(async () => {
  await buildSim('.cache/sim');
  sim = `${process.cwd()}/.cache/sim`;
});

const schemas = `${process.cwd()}/test/fixtures/ocf`;

describe.each(forms)('the %s form', (form) => {
  it('passes ocf-tester without an error', async () => {
    const { all, exitCode } = await withInstalled(
      form,
      sim,
      'ocf-tester -n vm01 -o xmfile=/run/vm01.cfg /usr/lib/ocf/resource.d/virt/Xen',
    );
    expect(all).toContain('/usr/lib/ocf/resource.d/virt/Xen passed all tests');
    expect(all).not.toMatch(/rc=|fail|error/i);
    expect(exitCode).toBe(0);
  });

  it('passes the nine ocft cases of the Xen agent', async () => {
    const { all } = await withInstalled(
      form,
      sim,
      `mkdir -p /run/ocft /run/configs /var/lib/resource-agents
      cp /run/vm01.cfg /run/ocft
      cp test/bundle/ocft/Xen /run/configs && mount --bind /run/configs /usr/share/resource-agents/ocft/configs
      mount -t tmpfs tmpfs /var/lib/resource-agents
      ocft make Xen && ocft test -v Xen`,
    );
    expect(all?.match(/Checking return value:.*OK/g)).toHaveLength(9);
    expect(all).not.toMatch(/FAILED|ERROR:/);
  });

  it('has meta-data that is valid against the DTD of ocf-tester and the schema of OCF 1.1', async () => {
    const { stdout } = await execa(builtAgent(form), ['meta-data']);
    const dtd = await execa('xmllint', ['--noout', '--valid', '-'], { input: stdout, cwd: schemas, reject: false });
    expect([dtd.exitCode, dtd.stderr]).toEqual([0, '']);
    const rng = await execa('xmllint', ['--noout', '--relaxng', 'ra-api-1.1.rng', '-'], {
      input: stdout,
      cwd: schemas,
      reject: false,
    });
    expect([rng.exitCode, rng.stderr]).toEqual([0, '- validates']);
  });

  it('prints its meta-data as nobody with an empty environment', async () => {
    // Where the clone lies may be closed to nobody; where agents are installed never is.
    const { exitCode, stdout, stderr } = await withInstalled(
      form,
      sim,
      `setpriv --reuid=65534 --regid=65534 --clear-groups env -i ${form === 'node' ? `${process.execPath} ` : ''}/usr/lib/ocf/resource.d/virt/Xen meta-data`,
    );
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('<resource-agent name="Xen"');
  });

  it('is read by crm and pcs without a warning', async () => {
    const crm = await withInstalled(form, sim, 'crm ra info ocf:virt:Xen');
    expect(crm.stderr).toBe('');
    expect(crm.stdout).toContain('Manages a Xen virtual machine with the xl toolstack (ocf:virt:Xen)');
    expect(crm.stdout).toContain('xmfile* (string): configuration file of the domain (xl.cfg)');
    expect(crm.stdout).toMatch(/migrate_to\s+timeout=600s/);
    const pcs = await withInstalled(form, sim, 'pcs resource describe ocf:virt:Xen');
    expect(pcs.stderr).toBe('');
    expect(pcs.stdout).toContain('xmfile (required) (unique group: config)');
    expect(pcs.exitCode).toBe(0);
  });

  it('answers a probe on a node without xl with "not installed" and one reason', async () => {
    const { exitCode, stderr } = await withInstalled(
      form,
      '/nowhere',
      'OCF_RESKEY_xmfile=/run/vm01.cfg OCF_RESOURCE_INSTANCE=vm01 /usr/lib/ocf/resource.d/virt/Xen monitor',
    );
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/^ocf-exit-reason:vm01: xl is not installed\. [^\n]*$/);
  });

  it('says how it is used without an action, and refuses one that it does not have', async () => {
    const usage = await execa(builtAgent(form), [], { reject: false });
    expect([usage.exitCode, usage.stderr]).toEqual([2, expect.stringContaining('usage: Xen {monitor|start|')]);
    const unknown = await execa(builtAgent(form), ['promote'], { reject: false });
    expect([unknown.exitCode, unknown.stderr]).toEqual([3, expect.stringContaining('ocf-exit-reason:')]);
  });
});

it('the native form reads neither .env nor bunfig.toml of the folder it is started in', async () => {
  const { stdout, exitCode } = await withInstalled(
    'native',
    sim,
    `mkdir /run/evil && cd /run/evil
    echo 'OCF_RESKEY_xmfile=/run/evil/evil.cfg' > .env
    printf 'preload = ["./evil.ts"]\\n' > bunfig.toml
    echo 'require("fs").writeFileSync("/run/evil/ran", "")' > evil.ts
    /usr/lib/ocf/resource.d/virt/Xen monitor; echo "exit $?"; test ! -e /run/evil/ran`,
  );
  expect(stdout).toContain('exit 6');
  expect(exitCode).toBe(0);
});

it('the node form says which Node.js it needs when it is run by an older one', async () => {
  // What an older Node.js lacks is taken away from this one.
  const { exitCode, stderr } = await execa(builtAgent('node'), ['monitor'], {
    env: { NODE_OPTIONS: '--import=data:text/javascript,delete%20process.getBuiltinModule' },
    reject: false,
  });
  expect(exitCode).toBe(5);
  expect(stderr).toContain('ocf-exit-reason:the node form needs Node.js 20.16 or newer');
});
