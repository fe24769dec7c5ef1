import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { removeSimHost, type SimHost } from '../sim/control.ts';
import {
  binWith,
  crashVm,
  createVmwareHost,
  locksOf,
  plantLock,
  vmProcesses,
  vmxValue,
  writeVm,
} from '../sim/vmware/control.ts';
import { type HostNamespace, hostNamespace } from '../support/host-namespace.ts';
import { builtAgent, type Form, forms, withInstalled } from '../support/installed.ts';

const toolstacks = ['vmware-cmd', 'vmware-vim-cmd', 'vmrun'] as const;
type Toolstack = (typeof toolstacks)[number];

let sim: string;
beforeAll(async () => {
  await buildSim('.cache/sim');
  sim = `${process.cwd()}/.cache/sim`;
});

const schemas = `${process.cwd()}/test/fixtures/ocf`;

/** A VM whose path has blanks and letters of another language; ocf-tester itself cannot pass quotes on. */
const oneVm = `export OCF_VIRT_SIM_DIR=/run/sim
mkdir -p /run/sim "/run/vms/Küche vm"
vmx="/run/vms/Küche vm/Küche vm.vmx"
printf '{"datastores":{"standard":"/run/vms"}}' > /run/sim/config.json
printf '%s\\n' 'config.version = "8"' 'sim.bootSeconds = "0"' > "$vmx"
chmod 755 "$vmx"
`;

describe.each(forms)('the %s form', (form) => {
  it.each(toolstacks)('passes ocf-tester with %s without an error', async (toolstack) => {
    const { all, exitCode } = await withInstalled(
      form,
      sim,
      `${oneVm}ocf-tester -n vm01 -o vmxpath="$vmx" -o toolstack=${toolstack} -o stop_method=hard /usr/lib/ocf/resource.d/virt/VMware`,
    );
    expect(all).toContain('/usr/lib/ocf/resource.d/virt/VMware passed all tests');
    expect(all).not.toMatch(/rc=|fail|error/i);
    expect(exitCode).toBe(0);
  });

  it('has meta-data that is valid against the DTD of ocf-tester and the schema of OCF 1.1', async () => {
    const { stdout } = await execa(builtAgent(form, 'VMware'), ['meta-data']);
    const dtd = await execa('xmllint', ['--noout', '--valid', '-'], { input: stdout, cwd: schemas, reject: false });
    expect([dtd.exitCode, dtd.stderr]).toEqual([0, '']);
    const rng = await execa('xmllint', ['--noout', '--relaxng', 'ra-api-1.1.rng', '-'], {
      input: stdout,
      cwd: schemas,
      reject: false,
    });
    expect([rng.exitCode, rng.stderr]).toEqual([0, '- validates']);
  });

  it('is read by crm and pcs without a warning', async () => {
    const crm = await withInstalled(form, sim, 'crm ra info ocf:virt:VMware');
    expect(crm.stderr).toBe('');
    expect(crm.stdout).toContain('vmxpath* (string): configuration file of the VM (.vmx)');
    expect(crm.stdout).toMatch(/migrate_to\s+timeout=600s/);
    const pcs = await withInstalled(form, sim, 'pcs resource describe ocf:virt:VMware');
    expect(pcs.stderr).toBe('');
    expect(pcs.stdout).toContain('vmxpath (required) (unique group: vmx)');
    expect(pcs.exitCode).toBe(0);
  });

  it('answers a probe on a node without VMware with "not installed" and one reason', async () => {
    const { exitCode, stderr } = await withInstalled(
      form,
      '/nowhere',
      'OCF_RESKEY_vmxpath=/run/vm.vmx OCF_RESOURCE_INSTANCE=vm /usr/lib/ocf/resource.d/virt/VMware monitor',
    );
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/^ocf-exit-reason:vm: none of vmware-vim-cmd, vmware-cmd, vmrun is installed\. [^\n]*$/);
  });

  it('hands no password over where others could see it', async () => {
    const { exitCode, stderr } = await withInstalled(
      form,
      sim,
      `${oneVm}echo secret > /run/password
      OCF_RESKEY_vmxpath="$vmx" OCF_RESKEY_toolstack=vmware-vim-cmd OCF_RESKEY_user=root \
      OCF_RESKEY_password_file=/run/password OCF_RESOURCE_INSTANCE=vm /usr/lib/ocf/resource.d/virt/VMware start`,
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain('which every user of this node can see');
    expect(stderr).not.toContain('secret');
  });

  it('hands a password over where /proc hides it', async () => {
    const { exitCode } = await withInstalled(
      form,
      sim,
      `${oneVm}echo secret > /run/password; chmod 600 /run/password
      while umount /proc 2>/dev/null; do :; done
      mount -t proc -o hidepid=2 proc /proc
      OCF_RESKEY_vmxpath="$vmx" OCF_RESKEY_toolstack=vmware-vim-cmd OCF_RESKEY_user=root \
      OCF_RESKEY_password_file=/run/password OCF_RESOURCE_INSTANCE=vm /usr/lib/ocf/resource.d/virt/VMware monitor`,
    );
    expect(exitCode).toBe(7);
  });
});

describe.each(forms.flatMap((form) => toolstacks.map((toolstack) => [form, toolstack] as const)))(
  'the %s form with %s',
  (form, toolstack) => {
    const world = makeWorld(form, toolstack);
    afterEach(() => world.remove());

    it.each(["it's", 'say "hi"', 'Küche – 台所', '$(reboot);&', 'a.*[x](1)'])(
      'keeps a VM of the name %j',
      async (name) => {
        const { node1, run } = await world.make();
        const vmx = world.vm(name, { 'uuid.action': 'keep' });
        expect((await run(node1, vmx, 'monitor')).exit).toBe(7);
        expect((await run(node1, vmx, 'start')).exit).toBe(0);
        expect((await run(node1, vmx, 'monitor')).exit).toBe(0);
        expect(vmProcesses(node1, vmx)).toHaveLength(1);
        expect((await run(node1, vmx, 'stop')).exit).toBe(0);
        expect(vmProcesses(node1, vmx)).toEqual([]);
        expect(vmxValue(vmx, 'checkpoint.vmState')).not.toBe('');
      },
    );

    it('moves a VM from node to node with its UUID, and starts it on one of them only', async () => {
      const { node1, node2, run } = await world.make();
      const vmx = world.vm('vm 01', toolstack === 'vmrun' ? { 'uuid.action': 'keep' } : {});
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      const uuid = vmxValue(vmx, 'uuid.bios');
      const refused = await run(node2, vmx, 'start');
      expect(refused.exit).toBe(1);
      expect(refused.stderr).toContain('is locked by process');
      expect((await run(node2, vmx, 'monitor')).exit).toBe(7);
      expect((await run(node1, vmx, 'migrate_to')).exit).toBe(0);
      expect((await run(node2, vmx, 'migrate_from')).exit).toBe(0);
      expect((await run(node1, vmx, 'stop')).exit).toBe(0);
      expect((await run(node2, vmx, 'monitor')).exit).toBe(0);
      expect((await run(node1, vmx, 'monitor')).exit).toBe(7);
      expect(vmxValue(vmx, 'uuid.bios')).toBe(uuid);
      // A suspended VM that is started elsewhere asks whether it was moved at its next power on.
      expect((await run(node2, vmx, 'stop', { stop_method: 'hard' })).exit).toBe(0);
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      expect(vmxValue(vmx, 'uuid.bios')).toBe(uuid);
    });

    it('interrupts a VM that moves for hardly longer than its suspend and its resume take', async () => {
      const { node1, node2, run } = await world.make();
      const vmx = world.vm('vm 01', { 'uuid.action': 'keep', 'sim.suspendSeconds': '2', 'sim.resumeSeconds': '2' });
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      expect((await run(node1, vmx, 'migrate_to')).exit).toBe(0);
      expect((await run(node2, vmx, 'migrate_from')).exit).toBe(0);
      const truth = readFileSync(node1.truth, 'utf8').trimEnd().split('\n');
      const at = (event: string) =>
        truth.map((line) => JSON.parse(line) as { event: string; time: number }).find((line) => line.event === event)
          ?.time ?? Number.NaN;
      const seconds = (at('resumed') - at('suspended')) / 1000;
      console.log(`${form} ${toolstack}: ${seconds.toFixed(2)} s for a suspend of 2 s and a resume of 2 s`);
      expect(seconds).toBeLessThan(5);
    });

    it('of two nodes that start the same VM at once, one wins, in every round', async () => {
      const { node1, node2, run } = await world.make();
      const vmx = world.vm('vm 01', { 'uuid.action': 'keep' });
      for (let round = 0; round < 4; round += 1) {
        const begun = readFileSync(node1.truth, { encoding: 'utf8', flag: 'a+' }).length;
        const both = await Promise.all([run(node1, vmx, 'start'), run(node2, vmx, 'start')]);
        expect(both.map(({ exit }) => exit).toSorted()).toEqual([0, 1]);
        // Server 1 asks about the lock, and the stop of the failed start ends the VM that asks.
        const [loser, winner] = both[0]?.exit === 0 ? [node2, node1] : [node1, node2];
        expect((await run(loser, vmx, 'stop')).exit).toBe(0);
        expect([vmProcesses(loser, vmx).length, vmProcesses(winner, vmx).length]).toEqual([0, 1]);
        const starts = readFileSync(node1.truth, 'utf8')
          .slice(begun)
          .match(/"event":"running"/g);
        expect(starts).toHaveLength(1);
        expect((await run(winner, vmx, 'monitor')).exit).toBe(0);
        expect((await run(winner, vmx, 'stop', { stop_method: 'hard' })).exit).toBe(0);
      }
    });

    it('reads a .vmx with CR LF line ends, an encoding, names twice and lines that are none, and changes none of them', async () => {
      const { node1, run } = await world.make();
      const vmx = world.vm('Küche', {});
      const lines = [
        ...[
          '#!/usr/bin/vmware',
          '.encoding = "windows-1252"',
          'config.version = "8"',
          'no setting at all',
          'a = two words',
        ],
        ...[
          'displayName = "K|FCche \xfc"',
          'DISPLAYNAME = "other"',
          'memsize = 64',
          'uuid.action = "keep"',
          'bad "line',
        ],
        ...['ide0:0.present = "TRUE"', 'ide0:0.fileName = "K\xfcche.vmdk"', 'sim.bootSeconds = "0"', 'empty ='],
      ];
      writeFileSync(vmx, Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1'));
      expect((await run(node1, vmx, 'validate-all', { CRM_meta_timeout: '20000' })).exit).toBe(0);
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      expect((await run(node1, vmx, 'monitor')).exit).toBe(0);
      expect((await run(node1, vmx, 'stop')).exit).toBe(0);
      expect(vmxValue(vmx, 'checkpoint.vmState')).toMatch(/vmss$/);
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      expect(readFileSync(node1.truth, 'utf8')).toContain('"resumed"');
      expect((await run(node1, vmx, 'stop', { stop_method: 'hard' })).exit).toBe(0);
      const now = readFileSync(vmx, 'latin1').split('\r\n');
      for (const line of lines) expect(now).toContain(line);
    });

    it.each([
      ['empty', ''],
      ['no absolute path', 'vm.vmx'],
      ['the path of no VM', '/nowhere/vm.vmx'],
    ])('stops where vmxpath is %s: there is nothing that it could have started', async (_, vmxpath) => {
      const { node1, run } = await world.make();
      expect((await run(node1, vmxpath, 'stop')).exit).toBe(0);
      expect([2, 5, 6]).toContain((await run(node1, vmxpath, 'start')).exit);
    });

    it('leaves the state of a VM alone that does not resume, and says why', async () => {
      const { node1, node2, run } = await world.make({ cpu: 'another' });
      const vmx = world.vm('vm 01', { 'uuid.action': 'keep' });
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      expect((await run(node1, vmx, 'migrate_to')).exit).toBe(0);
      const { exit, stderr } = await run(node2, vmx, 'migrate_from');
      expect(exit).toBe(1);
      expect(stderr).toContain('did not resume because of a correctable error');
      expect((await run(node2, vmx, 'stop')).exit).toBe(0);
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      const truth = readFileSync(node1.truth, 'utf8');
      expect(truth.trimEnd().split('\n').at(-1)).toContain('"resumed"');
    });

    it('starts a crashed VM anew, and removes no lock of another host', async () => {
      const { node1, run } = await world.make();
      const vmx = world.vm('vm 01', { 'uuid.action': 'keep' });
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      crashVm(node1, vmx);
      await expect.poll(async () => (await run(node1, vmx, 'monitor')).exit, { timeout: 5000 }).toBe(7);
      expect((await run(node1, vmx, 'stop')).exit).toBe(0);
      expect((await run(node1, vmx, 'start')).exit).toBe(0);
      expect((await run(node1, vmx, 'stop')).exit).toBe(0);
      const lock = plantLock(vmx, { machineName: 'node9' });
      const { exit, stderr } = await run(node1, vmx, 'start');
      expect(exit).toBe(1);
      expect(stderr).toContain('of another host');
      expect((await run(node1, vmx, 'stop')).exit).toBe(0);
      expect(Object.keys(locksOf(vmx))).toHaveLength(1);
      expect(readFileSync(lock)).toHaveLength(512);
    });

    it('a VM outlives the process group of the action that started it', async () => {
      const { node1, run } = await world.make();
      const vmx = world.vm('vm 01', { 'uuid.action': 'keep', 'sim.startSeconds': '1' });
      const [program = '', ...args] = [...world.inside(node1), 'setsid', '--wait', builtAgent(form, 'VMware'), 'start'];
      const child = execa(program, args, {
        env: world.env(node1, vmx),
        detached: true,
        reject: false,
      });
      await expect.poll(() => vmProcesses(node1, vmx).length, { timeout: 5000 }).toBe(1);
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await child;
      await expect.poll(async () => (await run(node1, vmx, 'monitor')).exit, { timeout: 5000 }).toBe(0);
    });

    it('fails with the text of a question that nobody answered, and answers by the rules of the operator', async () => {
      if (toolstack === 'vmrun') return;
      const { node1, run } = await world.make();
      const vmx = world.vm('vm 01', {
        'uuid.action': 'keep',
        'sim.question': 'msg.strange:No bootable CD was detected.',
        'sim.questionChoices': 'Cancel,OK',
      });
      const { exit, stderr } = await run(node1, vmx, 'start');
      expect(exit).toBe(1);
      expect(stderr).toContain('No bootable CD was detected.');
      expect((await run(node1, vmx, 'stop')).exit).toBe(0);
      expect((await run(node1, vmx, 'start', { answer_questions: 'no bootable=OK' })).exit).toBe(0);
    });
  },
);

let instances = 0;

/** The hardware address that VMware would take for this machine's locks. */
function ethernet(): string | null {
  try {
    return readFileSync('/sys/class/net/eth0/address', 'utf8').trim();
  } catch {
    return null;
  }
}

/** Two hosts that share a folder of VMs, each with processes and a name of its own, and a resource on them. */
function makeWorld(form: Form, toolstack: Toolstack) {
  let hosts: { readonly host: SimHost; readonly namespace: HostNamespace }[] = [];
  let shared = '';
  let instance = '';
  const env = (host: SimHost, vmx: string, more: Record<string, string> = {}) => ({
    ...host.env,
    OCF_RESOURCE_INSTANCE: `${instance}-${host.name}`,
    OCF_RESKEY_vmxpath: vmx,
    OCF_RESKEY_toolstack: toolstack,
    OCF_RESKEY_CRM_meta_on_node: host.name,
    OCF_RESKEY_CRM_meta_timeout: '30000',
    OCF_RESKEY_CRM_meta_interval: '10000',
    OCF_RESKEY_CRM_meta_migrate_target: 'node2',
    OCF_RESKEY_CRM_meta_migrate_source: 'node1',
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
  });
  const makeHost = async (name: string, settings: { cpu?: string }) => {
    const bin = binWith(sim, toolstack);
    const host = createVmwareHost({ bin, name, shared, settings: { ethernet: ethernet(), ...settings } });
    const namespace = await hostNamespace(name);
    hosts.push({ host, namespace });
    return host;
  };
  const inside = (host: SimHost) => hosts.find((one) => one.host === host)?.namespace.command ?? [];
  return {
    env,
    inside,
    make: async (settingsOfNode2: { cpu?: string } = {}) => {
      instances += 1;
      instance = `vmware-${process.pid}-${instances}`;
      shared = mkdtempSync(join(tmpdir(), 'ocf-virt-bundle-'));
      const node1 = await makeHost('node1', {});
      const node2 = await makeHost('node2', settingsOfNode2);
      const run = async (host: SimHost, vmx: string, action: string, more: Record<string, string> = {}) => {
        const [program = '', ...args] = [...inside(host), builtAgent(form, 'VMware'), action];
        const { exitCode, stderr } = await execa(program, args, { env: env(host, vmx, more), reject: false });
        return { exit: exitCode, stderr };
      };
      return { node1, node2, run };
    },
    vm: (name: string, settings: Record<string, string>) => {
      const vmx = writeVm(shared, name, settings);
      writeFileSync(vmx, readFileSync(vmx), { mode: 0o755 });
      return vmx;
    },
    remove: () => {
      for (const { host, namespace } of hosts) {
        namespace.end();
        removeSimHost(host);
        rmSync(host.bin, { recursive: true, force: true });
      }
      hosts = [];
      if (shared !== '') rmSync(shared, { recursive: true, force: true });
    },
  };
}
