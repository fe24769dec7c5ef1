import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { clearFault, overlaps, processesOf, readTruth, runOn, setFault, writeConfig } from '../sim/control.ts';
import { crashHost, crashVm, vmProcesses, vmxValue, writeInventoryOf, writeVm } from '../sim/vmware/control.ts';
import { type Node, withNodes } from './vmware-hosts.ts';

const stateOf = async ({ cmd }: Node, vmx: string) => (await cmd('-q', vmx, 'getstate')).stdout.trim();
const events = (node: Node, vmx: string) =>
  readTruth(node.host.truth)
    .filter(({ name }) => name === vmx)
    .map(({ event, host }) => `${host} ${event}`);
const vmss = (vmx: string) => vmx.replace(/\.vmx$/, '.vmss');

/** Answers the question of a VM of vmware-cmd by its label. */
async function answerBy(node: Node, vmx: string, label: string): Promise<string> {
  const asked = await runOn(node.host, 'sh', '-c', `echo 99 | vmware-cmd '${vmx}' answer`);
  const key = new RegExp(`^\\t(\\d+)\\) ${label}$`, 'm').exec(asked.stdout)?.[1];
  return (await runOn(node.host, 'sh', '-c', `echo ${key} | vmware-cmd '${vmx}' answer`)).stdout;
}

describe('A simulated VM of VMware', () => {
  it('has a process that reads like the real one, in a session of its own with a server', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      await node.cmd(vmx, 'start');
      const [pid = 0] = vmProcesses(node.host, vmx);
      expect((await node.cmd(vmx, 'getpid')).stdout).toBe(`getpid() = ${pid}\n`);
      expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('vmware-vmx\n');
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      expect(words[0]).toBe('/usr/lib/vmware/bin/vmware-vmx');
      expect(words.at(-2)).toBe(vmx);
      expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]).toBe(String(pid));
    }));

  it('is powered off by a signal to the group of the vmrun that started it', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm');
      const script = 'vmrun -T ws start "$0" nogui; sleep 60';
      const shell = spawn('sh', ['-c', script, vmx], { env: node.host.env, detached: true, stdio: 'ignore' });
      await expect.poll(() => events(node, vmx)).toContain('node1 running');
      process.kill(-(shell.pid ?? 0), 'SIGTERM');
      await expect.poll(() => events(node, vmx).at(-1)).toBe('node1 destroyed');
      expect((await node.run('-T', 'ws', 'list')).stdout).toBe('Total running VMs: 0\n');
    }));

  it('moves by suspend and resume, with one copy at any time and without a question', () =>
    withNodes(async (node1, node2) => {
      const vmx = await node1.vm('vm');
      await node1.cmd(vmx, 'start');
      const uuid = vmxValue(vmx, 'uuid.bios');
      expect((await node1.cmd(vmx, 'suspend')).stdout).toBe('suspend() = 1\n');
      expect(await stateOf(node1, vmx)).toBe('suspended');
      expect(vmxValue(vmx, 'checkpoint.vmState')).toBe('vm.vmss');
      await node1.cmd('-s', 'unregister', vmx);
      await node2.cmd('-s', 'register', vmx);
      expect(await stateOf(node2, vmx)).toBe('suspended');
      expect((await node2.cmd(vmx, 'start')).exit).toBe(0);
      expect(existsSync(vmss(vmx))).toBe(false);
      expect(vmxValue(vmx, 'checkpoint.vmState')).toBe('');
      expect(vmxValue(vmx, 'uuid.bios')).toBe(uuid);
      expect(events(node1, vmx)).toEqual([
        ...['node1 created', 'node1 running', 'node1 suspended', 'node1 saved'],
        ...['node2 restored', 'node2 resumed'],
      ]);
      expect(overlaps(readTruth(node1.host.truth))).toEqual([]);
    }));

  it('keeps its suspended state when it is killed while it resumes, and has none when killed while it suspends', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm', { 'sim.resumeSeconds': 5 });
      await node.cmd(vmx, 'start');
      await node.cmd(vmx, 'suspend');
      const resume = node.cmd(vmx, 'start');
      await expect.poll(() => vmProcesses(node.host, vmx)).toHaveLength(1);
      await later(200);
      crashVm(node.host, vmx);
      expect((await resume).exit).not.toBe(0);
      expect(await stateOf(node, vmx)).toBe('suspended');
      const slow = await node.vm('slow', { 'sim.suspendSeconds': 5 });
      await node.cmd(slow, 'start');
      const suspend = node.cmd(slow, 'suspend');
      await expect.poll(() => events(node, slow).at(-1)).toBe('node1 suspended');
      crashVm(node.host, slow);
      await suspend;
      expect(await stateOf(node, slow)).toBe('off');
    }));

  it('does one operation after the other', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm', { 'sim.startSeconds': 0.5, 'sim.suspendSeconds': 0.5 });
      const on = node.cmd(vmx, 'start');
      await expect.poll(() => vmProcesses(node.host, vmx)).toHaveLength(1);
      const suspend = node.vim('vmsvc/power.suspend', '16');
      expect([(await on).exit, (await suspend).exit]).toEqual([0, 0]);
      expect(events(node, vmx).slice(1)).toEqual(['node1 running', 'node1 suspended', 'node1 saved']);
    }));

  it('goes on suspending when the command that began it is killed', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm', { 'sim.suspendSeconds': 3 });
      await node.cmd(vmx, 'start');
      await runOn(node.host, 'timeout', '-s', 'KILL', '0.2', 'vmware-cmd', vmx, 'suspend');
      expect(await stateOf(node, vmx)).toBe('on');
      await expect.poll(() => events(node, vmx).at(-1), { timeout: 20_000 }).toBe('node1 saved');
      expect(await stateOf(node, vmx)).toBe('suspended');
    }));

  it('does not resume on other processors, and keeps its state until somebody discards it', () =>
    withNodes(
      async (node1, node2) => {
        const vmx = await node1.vm('vm', { 'uuid.action': 'keep' });
        await node2.cmd('-s', 'register', vmx);
        await node1.cmd(vmx, 'start');
        await node1.cmd(vmx, 'suspend');
        expect(await node2.run('-T', 'ws', 'start', vmx)).toMatchObject({
          stdout: 'Error: The operation was canceled\n',
          exit: 255,
        });
        expect(await node2.cmd(vmx, 'start')).toMatchObject({ exit: 16 });
        expect(await answerBy(node2, vmx, 'Preserve')).toContain(': Preserve');
        expect(await stateOf(node2, vmx)).toBe('suspended');
        expect(existsSync(vmss(vmx))).toBe(true);
        expect((await node1.cmd(vmx, 'start')).exit).toBe(0);
        await node1.cmd(vmx, 'suspend');
        await node2.cmd(vmx, 'start');
        await answerBy(node2, vmx, 'Discard');
        await expect.poll(() => stateOf(node2, vmx)).toBe('on');
        await expect.poll(() => events(node2, vmx).at(-1)).toBe('node2 running');
      },
      { cpu: 'one' },
      { cpu: 'other' },
    ));

  it('shuts down when its guest is asked, but not without Tools, nor when the guest ignores it', () =>
    withNodes(
      async (node) => {
        const good = await node.vm('good');
        await node.cmd(good, 'start');
        expect((await node.cmd(good, 'stop')).stdout).toBe('stop() = 1\n');
        expect(events(node, good).at(-1)).toBe('node1 shutdown');
        const deaf = await node.vm('deaf', { 'sim.shutdown': 'ignore' });
        await node.cmd(deaf, 'start');
        expect((await node.cmd(deaf, 'stop', 'soft')).exit).toBe(7);
        expect((await node.cmd(deaf, 'stop', 'trysoft')).stdout).toBe('stop(trysoft) = 1\n');
        const booting = await node.vm('booting', { 'sim.bootSeconds': 60 });
        await node.cmd(booting, 'start');
        expect((await node.cmd(booting, 'gettoolslastactive')).stdout).toBe('gettoolslastactive() = 100\n');
        expect((await node.cmd(booting, 'stop')).exit).toBe(8);
        await node.vim('vmsvc/power.shutdown', '48');
        expect(await stateOf(node, booting)).toBe('on');
        expect((await node.vim('vmsvc/power.off', '48')).stdout).toBe('Powering off VM:\n');
        expect(await stateOf(node, booting)).toBe('off');
      },
      { softSeconds: 0.3 },
    ));

  it('ends when its guest crashes, while nobody looks', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm', { 'sim.crashAfter': 0.2 });
      await node.cmd(vmx, 'start');
      await later(700);
      expect(vmProcesses(node.host, vmx)).toEqual([]);
      expect(events(node, vmx).at(-1)).toBe('node1 shutdown');
    }));

  it('is reported as crashed when its process is killed, while nobody looks', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      await node.cmd(vmx, 'start');
      crashVm(node.host, vmx);
      await expect.poll(() => events(node, vmx).at(-1)).toBe('node1 crashed');
    }));

  it('is paused and runs on with Workstation only', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm');
      await node.run('-T', 'ws', 'start', vmx);
      await node.run('-T', 'ws', 'pause', vmx);
      await node.run('-T', 'ws', 'unpause', vmx);
      expect(events(node, vmx).slice(-2)).toEqual(['node1 paused', 'node1 unpaused']);
      expect((await node.run('-T', 'player', 'pause', vmx)).exit).toBe(255);
    }));
});

describe('A question of a simulated VM', () => {
  const moved = { 'uuid.location': '56 4d 01', 'uuid.bios': '56 4d 01', 'ethernet0.addressType': 'generated' };

  it('about its UUID is asked on another host, and kept or created by the label of the answer', () =>
    withNodes(
      async (node1, node2) => {
        const vmx = await node1.vm('vm', { 'ethernet0.addressType': 'generated' });
        await node2.cmd('-s', 'register', vmx);
        await node1.cmd(vmx, 'start');
        await node1.cmd(vmx, 'stop');
        const values = () => [vmxValue(vmx, 'uuid.bios'), vmxValue(vmx, 'ethernet0.generatedAddress')];
        const before = values();
        expect(await node2.cmd(vmx, 'start')).toMatchObject({ exit: 16 });
        expect(await stateOf(node2, vmx)).toBe('stuck');
        expect(await answerBy(node2, vmx, 'Keep')).toMatch(/selected 2 : Keep\n$/);
        await expect.poll(() => events(node2, vmx).at(-1)).toBe('node2 running');
        expect(values()).toEqual(before);
        await node2.cmd(vmx, 'stop');
        await node1.cmd(vmx, 'start');
        await answerBy(node1, vmx, 'Create');
        await expect.poll(() => stateOf(node1, vmx)).toBe('on');
        await node1.cmd(vmx, 'stop', 'hard');
        expect((await node1.cmd(vmx, 'start')).exit).toBe(0);
      },
      { uuidChoices: ['Cancel', 'Create', 'Keep', 'Always Create', 'Always Keep'] },
    ));

  it('does not come where the configuration says what to do', () =>
    withNodes(async (node) => {
      const keep = await node.vm('keep', { ...moved, 'uuid.action': 'keep' });
      const automatic = await node.vm('automatic', { ...moved, 'msg.autoAnswer': 'TRUE' });
      const named = await node.vm('named', { ...moved, 'answer.msg.uuid.altered': 'I moved it' });
      for (const vmx of [keep, automatic]) expect((await node.cmd(vmx, 'start')).exit).toBe(0);
      await node.vim('vmsvc/power.on', '48');
      expect(await stateOf(node, named)).toBe('on');
      expect([keep, automatic, named].map((vmx) => vmxValue(vmx, 'uuid.bios') === '56 4d 01')).toEqual([
        true,
        false,
        true,
      ]);
    }));

  it('holds power.on of vim-cmd up, shows in the summary, and Cancel calls the start off', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm', moved);
      const on = node.vim('vmsvc/power.on', '16');
      await expect.poll(() => stateOf(node, vmx)).toBe('stuck');
      expect((await node.vim('vmsvc/get.summary', '16')).stdout).toMatch(/question = \(vim\.vm\.QuestionInfo\) \{/);
      await node.vim('vmsvc/message', '16', '1', '0');
      expect((await on).stdout).toBe('Powering on VM:\nPower on failed\n');
      expect(await stateOf(node, vmx)).toBe('off');
      expect(events(node, vmx)).toEqual([]);
    }));

  it('makes vmrun cancel the start, and leaves nothing behind', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm', moved);
      const stdout = 'Error: The operation was canceled\n';
      expect(await node.run('-T', 'ws', 'start', vmx, 'nogui')).toEqual({ stdout, stderr: '', exit: 255 });
      expect(vmProcesses(node.host, vmx)).toEqual([]);
    }));

  it('can come while the VM runs: its guest stands still until it is answered', () =>
    withNodes(async (node) => {
      const settings = { 'sim.question': 'msg.hbacommon.outofspace:No space', 'sim.questionAfter': 0.1 };
      const vmx = await node.vm('vm', { ...settings, 'sim.questionChoices': 'Retry, Cancel' });
      await node.cmd(vmx, 'start');
      await expect.poll(() => stateOf(node, vmx)).toBe('stuck');
      expect((await node.cmd(vmx, 'stop', 'hard')).exit).toBe(16);
      await answerBy(node, vmx, 'Retry');
      expect(await stateOf(node, vmx)).toBe('on');
      expect(events(node, vmx).slice(-2)).toEqual(['node1 paused', 'node1 unpaused']);
    }));
});

describe('The inventory of a simulated host', () => {
  it('outlives a boot, its running VMs do not', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      await node.cmd(vmx, 'start');
      crashHost(node.host);
      expect((await node.cmd('-l')).stdout).toBe(`${vmx}\n`);
      expect(await stateOf(node, vmx)).toBe('off');
      await node.vm('second');
      expect(readTruth(node.host.truth).filter(({ event }) => event === 'host-down')).toHaveLength(2);
      expect((await node.vim('vmsvc/getallvms')).stdout).toMatch(/^16 .*\n32 /m);
    }));

  it('has its datastores in a file from when hostd is started', () =>
    withNodes(async (node) => {
      await runOn(node.host, 'ocf-virt-sim', 'vmware-hostd');
      const file = readFileSync(join(node.host.dir, 'etc-vmware/hostd/datastores.xml'), 'utf8');
      expect(file).toContain(`<path>${join(node.shared, 'vms')}</path>`);
      expect(processesOf(node.host, /^\/usr\/lib\/vmware\/bin\/vmware-hostd /)).toHaveLength(1);
    }));

  it('tells the truth log of a boot once, whichever toolstack is asked first', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      await node.cmd(vmx, 'start');
      await runOn(node.host, 'xl', 'create', writeConfig(node.host, 'g1', 'name="g1"\nsim_create_seconds="0.01"\n'));
      expect(readTruth(node.host.truth).filter(({ event }) => event === 'host-down')).toHaveLength(1);
    }));

  it('skips a VM whose configuration is gone, which stands in the way of registering it anew', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      const text = readFileSync(vmx);
      rmSync(vmx);
      const list = await node.vim('vmsvc/getallvms');
      expect(list).toEqual({
        stdout: expect.stringMatching(/^Vmid.*\n$/),
        stderr: "Skipping invalid VM '16'\n",
        exit: 0,
      });
      writeFileSync(vmx, text);
      const again = await node.vim('solo/registervm', `"${vmx}"`);
      expect(again.stdout).toMatch(/^\(vim\.fault\.AlreadyExists\) \{[\s\S]* {2}name = "16",\n/);
      await node.vim('vmsvc/unregister', '16');
      expect(await node.vim('solo/registervm', `"${vmx}"`)).toEqual({ stdout: '', stderr: '', exit: 0 });
    }));

  it('may hold one VM twice', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm');
      symlinkSync(dirname(vmx), join(node.shared, 'vms/link'));
      const other = join(node.shared, 'vms/link/vm.vmx');
      writeInventoryOf(node.host, [
        { id: 16, path: vmx },
        { id: 32, path: other },
        { id: 48, path: vmx },
      ]);
      await node.vim('vmsvc/power.on', '32');
      expect((await node.vim('vmsvc/getallvms')).stdout.match(/vm\.vmx/g)).toHaveLength(3);
      for (const id of ['16', '32', '48']) {
        expect((await node.vim('vmsvc/power.getstate', id)).stdout).toContain('Powered on');
      }
    }));

  it.each(['a b', `it's "quoted"`, 'Größe 中文', '$(x) [1]'])('holds a VM whose path has such signs: %s', (name) =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, name);
      const quoted = name.includes('"') ? `'${vmx.replaceAll("'", `'"'"'`)}'` : `"${vmx}"`;
      expect((await node.vim('solo/registervm', quoted)).stdout).toBe('');
      if (/ /.test(name) && !name.includes('"')) {
        expect((await node.vim('solo/registervm', vmx)).stdout).toContain('vim.fault.NotFound');
      }
      expect((await node.cmd('-l')).stdout).toBe(`${vmx}\n`);
      await node.cmd(vmx, 'start');
      expect((await node.run('-T', 'ws', 'list')).stdout).toBe(`Total running VMs: 1\n${vmx}\n`);
      const entry = `[standard] ${name}/${name}.vmx`;
      expect((await node.run('-T', 'server', 'listRegisteredVM')).stdout).toBe(`Total registered VMs: 1\n${entry}\n`);
      expect(await node.run('-T', 'server', 'stop', entry, 'soft')).toEqual({ stdout: '', stderr: '', exit: 0 });
      expect((await node.vim('vmsvc/get.summary', '16')).stdout).toContain(`vmPathName = "${entry}"`);
    }),
  );

  it('reads a configuration as VMware does', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      const get = async (key: string) => (await node.cmd('-q', vmx, 'getconfig', key)).stdout;
      const lines = [
        '#!/usr/bin/vmware',
        '.encoding = "windows-1252"',
        'DisplayName = "Gr\xf6\xdfe |22x|22"',
        'a = my disk.vmdk',
        'b = one # two',
        'c = "x # y"',
        'd = "first"',
        'D = "second"',
        'e = "" trailing',
      ];
      for (const end of ['\n', '\r\n', '\r']) {
        writeFileSync(vmx, lines.join(end), 'latin1');
        expect(await get('displayname')).toBe('Größe "x"\n');
        expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(get))).toEqual([
          '\n',
          'one\n',
          'x # y\n',
          'second\n',
          '\n',
        ]);
        await node.cmd(vmx, 'setconfig', 'b', 'a "b"');
        const text = readFileSync(vmx, 'latin1');
        expect(text.split(end)).toEqual(lines.map((line) => (line.startsWith('b') ? 'b = "a |22b|22"' : line)));
      }
    }));
});

describe('A fault of the tools of VMware', () => {
  it('is a service that does not answer, in the words of each tool, while the VM runs on', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      await node.cmd(vmx, 'start');
      for (const tool of ['vmware-cmd', 'vmware-vim-cmd', 'vmrun']) setFault(node.host, tool, {});
      expect(await node.cmd(vmx, 'getstate')).toMatchObject({
        stdout: '',
        stderr: expect.stringContaining('error -14'),
        exit: 14,
      });
      expect(await node.vim('vmsvc/getallvms')).toMatchObject({
        stdout: 'Failed to login: Connection reset by peer\n',
      });
      expect(await node.run('-T', 'ws', 'list')).toMatchObject({
        stdout: expect.stringMatching(/^Error: /),
        exit: 255,
      });
      expect((await node.run('-T', 'server', 'list')).stdout).toMatch(/^Unable to connect to host\.\nError: /);
      clearFault(node.host);
      expect(await stateOf(node, vmx)).toBe('on');
    }));

  it('may be that of one sub-command, for some calls', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      setFault(node.host, 'vmware-cmd-getstate', { times: 1 });
      setFault(node.host, 'vmware-vim-cmd-getallvms', { kind: 'empty' });
      setFault(node.host, 'vmrun-list', { kind: 'garbage-exit-1' });
      expect((await node.cmd('-l')).exit).toBe(0);
      expect((await node.cmd(vmx, 'getstate')).exit).toBe(14);
      expect((await node.cmd(vmx, 'getstate')).exit).toBe(0);
      expect((await node.vim('vmsvc/getallvms')).stdout).toBe('');
      expect((await node.vim('vmsvc/power.getstate', '16')).stdout).not.toBe('');
      expect((await node.run('-T', 'ws', 'list')).exit).toBe(1);
    }));

  it('may be a line of noise before the answer, or a truncated, a slow or an endless answer', () =>
    withNodes(async (node) => {
      const vmx = await node.vm('vm');
      setFault(node.host, 'vmware-cmd', { kind: 'noise', stdout: 'Warning: noise\n' });
      expect((await node.cmd(vmx, 'getstate')).stdout).toBe('Warning: noise\ngetstate() = off\n');
      setFault(node.host, 'vmware-cmd', { kind: 'truncated', bytes: 5 });
      expect((await node.cmd(vmx, 'getstate')).stdout).toBe('getst');
      setFault(node.host, 'vmware-cmd', { kind: 'slow', seconds: 0.3 });
      const began = Date.now();
      expect((await node.cmd(vmx, 'getstate')).stdout).toBe('getstate() = off\n');
      expect(Date.now() - began).toBeGreaterThanOrEqual(300);
      setFault(node.host, 'vmware-cmd', { kind: 'hang' });
      expect((await runOn(node.host, 'timeout', '0.3', 'vmware-cmd', vmx, 'getstate')).exit).toBe(124);
    }));
});
