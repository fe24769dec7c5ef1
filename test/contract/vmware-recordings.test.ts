import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { setFault } from '../sim/control.ts';
import { crashVm, locksOf, plantLock, vmxValue, writeInventoryOf, writeVm } from '../sim/vmware/control.ts';
import { recordedParts, recordedText } from '../support/vmware-recordings.ts';
import { type Node, withNodes } from './vmware-hosts.ts';

/** A VM of a server that runs. */
async function started(node: Node, name: string, settings: Readonly<Record<string, string | number>> = {}) {
  const vmx = await node.vm(name, settings);
  expect(await node.cmd(vmx, 'start')).toMatchObject({ exit: 0, stdout: 'start() = 1\n' });
  return vmx;
}

/** Gives a folder of the shared one as the only datastore of a host. */
function nameDatastore({ host, shared }: Node, name: string, folder: string): void {
  const config = join(host.dir, 'config.json');
  const settings = JSON.parse(readFileSync(config, 'utf8'));
  writeFileSync(config, JSON.stringify({ ...settings, datastores: { [name]: join(shared, folder) } }));
}

/** Without the blanks at line ends and the empty lines, which the recorded comments lost. */
const same = (text: string) => text.replaceAll(/[ \t]+$/gm, '').replaceAll(/\n+$/g, '\n');

/** An object of vim-cmd without its values: names, nesting and the types of what is nested. */
const shape = (text: string) => same(text).replaceAll(/ = (?!\(|\{).*/g, ' = …');

/** How each recording comes about again. */
const replays: Record<string, (node: Node) => Promise<void>> = {
  'a01-vmware-cmd-success-lines.txt': async ({ cmd, shared }) => {
    const vmx = writeVm(shared, 'vm');
    const printed: string[] = [];
    for (const words of [
      ['-s', 'register', vmx],
      [vmx, 'getstate'],
      [vmx, 'start'],
      [vmx, 'getstate'],
      [vmx, 'reset'],
      [vmx, 'stop'],
      [vmx, 'start'],
      [vmx, 'stop', 'hard'],
      ['-s', 'unregister', vmx],
    ]) {
      const { stdout, exit } = await cmd(...words);
      expect(exit).toBe(0);
      printed.push(stdout.replace(vmx, '<vmx path>').trim());
      if (words[1] === 'reset') await later(200);
    }
    expect([...new Set(printed)].sort()).toEqual(
      recordedText('a01-vmware-cmd-success-lines.txt').trim().split('\n').sort(),
    );
  },
  'a02-vmware-cmd-error-8-start-already-on.txt': async (node) => {
    const vmx = await started(node, 'vm');
    const stderr = recordedText('a02-vmware-cmd-error-8-start-already-on.txt');
    expect(await node.cmd(vmx, 'start')).toEqual({ stdout: '', stderr, exit: 8 });
  },
  'a03-vmware-cmd-error-8-tools-not-running.txt': async (node) => {
    const vmx = await started(node, 'vm', { 'sim.tools': 'FALSE' });
    const stderr = recordedText('a03-vmware-cmd-error-8-tools-not-running.txt');
    expect(await node.cmd(vmx, 'stop')).toEqual({ stdout: '', stderr, exit: 8 });
    expect(await node.cmd(vmx, 'reset', 'soft')).toEqual({ stdout: '', stderr, exit: 8 });
  },
  'a04-vmware-cmd-error-8-stop-already-off.txt': async (node) => {
    const stderr = recordedText('a04-vmware-cmd-error-8-stop-already-off.txt');
    expect(await node.cmd(await node.vm('vm'), 'stop')).toEqual({ stdout: '', stderr, exit: 8 });
  },
  'a05-vmware-cmd-error-8-reset-off.txt': async (node) => {
    const stderr = recordedText('a05-vmware-cmd-error-8-reset-off.txt');
    expect(await node.cmd(await node.vm('vm'), 'reset')).toEqual({ stdout: '', stderr, exit: 8 });
  },
  'a06-vmware-cmd-error-11-not-registered-quoted-spaces.txt': async ({ cmd }) => {
    const vmx = '/var/lib/vmware/Virtual Machines/Windows XP Professional/Windows XP Professional.vmx';
    const stderr = recordedText('a06-vmware-cmd-error-11-not-registered-quoted-spaces.txt');
    for (const action of ['start', 'stop', 'getstate']) {
      expect(await cmd(vmx, action)).toEqual({ stdout: '', stderr, exit: 11 });
    }
  },
  'a07-vmware-cmd-register-twice-unregister-unknown-timeout.txt': async (node) => {
    const vmx = await started(node, 'vm', { 'sim.shutdown': 'ignore' });
    const file = 'a07-vmware-cmd-register-twice-unregister-unknown-timeout.txt';
    const [twice, gone, slow] = recordedText(file).split(/(?<=\n)/);
    expect(await node.cmd('-s', 'register', vmx)).toEqual({ stdout: '', stderr: twice, exit: 20 });
    expect(await node.cmd('-s', 'unregister', '/none.vmx')).toEqual({ stdout: '', stderr: gone, exit: 11 });
    expect(await node.cmd(vmx, 'stop', 'soft')).toEqual({ stdout: '', stderr: slow, exit: 7 });
  },
  'a08-esx3-list-getstate-getconfig.txt': async (node) => {
    const vmx = await node.vm('sol_vm1', { 'ide0:0.deviceType': 'cdrom-raw' });
    const [, list, , config] = recordedText('a08-esx3-list-getstate-getconfig.txt').split('\n');
    expect((await node.cmd('-l')).stdout).toBe(`${vmx}\n`);
    expect(list).toMatch(/^\/\S+\.vmx$/);
    expect((await node.cmd(vmx, 'getconfig', 'ide0:0.deviceType')).stdout).toBe(`${config}\n`);
  },
  'a10-questions-server1.txt': async ({ cmd, vm, run }) => {
    const text = recordedText('a10-questions-server1.txt');
    const vmx = await vm('vm', { 'uuid.location': '56 4d', 'uuid.bios': '56 4d' });
    await cmd(vmx, 'start');
    const { stdout } = await cmd(vmx, 'answer');
    const [question = ''] = text.split('\n');
    expect(stdout).toContain(question);
    const buttons = /button order: (.*)/.exec(text)?.[1]?.split(' / ');
    expect([...stdout.matchAll(/^\t\d\) (.*)$/gm)].map((match) => match[1])).toEqual(buttons);
    // The others are asked where a configuration has its VM ask them.
    const other = 'No bootable CD, floppy or hard disk was detected.';
    expect(text).toContain(other);
    const asks = await vm('asks', { 'sim.question': other });
    await cmd(asks, 'start');
    expect((await cmd(asks, 'answer')).stdout).toContain(other);
    expect((await run('-T', 'ws', 'list')).exit).toBe(0);
  },
  'a11-answer-prompt-layout.txt': async ({ cmd, vm }) => {
    const vmx = await vm('vm', { 'sim.question': 'Well?', 'sim.questionChoices': 'Yes,No' });
    expect(await cmd(vmx, 'answer')).toEqual({ stdout: '', stderr: 'No questions pending.\n', exit: 1 });
    await cmd(vmx, 'start');
    const { stdout } = await cmd(vmx, 'answer');
    const filled = stdout
      .replace('id = 1', 'id = <id>')
      .replace('Well?', '<text>')
      .replace('\t0) Yes', '\t<key0>) <label0>')
      .replace('\t1) No', '\t<key1>) <label1>')
      .replace('default <0>', 'default <N>')
      .replace('selected 0 : Yes', 'selected <n> : <label>');
    expect(filled).toBe(recordedText('a11-answer-prompt-layout.txt'));
    expect((await cmd(vmx, 'getstate')).stdout).toBe('getstate() = on\n');
  },
  'b01-vmrun-usage-1.17.txt': async ({ run }) => {
    const stdout = recordedText('b01-vmrun-usage-1.17.txt');
    expect(await run('--help')).toEqual({ stdout, stderr: '', exit: 255 });
    expect((await run()).stdout).toBe(stdout.slice(stdout.indexOf('\n') + 1));
  },
  'b02-vmrun-usage-1.15.2-server-types.txt': async ({ run }) => {
    expect((await run('-T', 'server')).stdout).toBe(recordedText('b02-vmrun-usage-1.15.2-server-types.txt'));
  },
  'b03-vmrun-list.txt': async ({ run, shared }) => {
    expect((await run('-T', 'ws', 'list')).stdout).toBe('Total running VMs: 0\n');
    const vmx = writeVm(shared, 'Ubuntu0');
    await run('-T', 'ws', 'start', vmx, 'nogui');
    const [, count, path = ''] = recordedText('b03-vmrun-list.txt').split('\n');
    expect((await run('-T', 'ws', 'list')).stdout).toBe(`${count}\n${path.replace(/.*/, vmx)}\n`);
  },
  'b04-vmrun-stop-not-powered-on.txt': async ({ run, shared }) => {
    const vmx = writeVm(shared, 'epic');
    const [line = ''] = recordedText('b04-vmrun-stop-not-powered-on.txt').split('\n');
    const stdout = `${line.replace(/\/.*/, vmx)}\n`;
    for (const command of ['stop', 'suspend', 'reset']) {
      expect(await run('-T', 'ws', command, vmx)).toEqual({ stdout, stderr: '', exit: 255 });
    }
  },
  'b05-vmrun-file-in-use.txt': async ({ run, shared }) => {
    const vmx = writeVm(shared, 'vm');
    plantLock(vmx, { machineName: 'elsewhere' });
    const stdout = recordedText('b05-vmrun-file-in-use.txt');
    expect(await run('-T', 'ws', 'start', vmx, 'nogui')).toEqual({ stdout, stderr: '', exit: 255 });
  },
  'b06-vmrun-cannot-open.txt': async ({ run, shared }) => {
    const [missing = '', unreadable = '', suffix = ''] = recordedText('b06-vmrun-cannot-open.txt').split('\n');
    const broken = writeVm(shared, 'owz');
    writeFileSync(broken, 'not a configuration\n');
    for (const [line, path] of [
      [missing, join(shared, 'none.vmx')],
      [unreadable, broken],
      [suffix, shared],
    ] as const) {
      const stdout = `${line.replace(/: (?!Cannot).*,/, `: ${path},`)}\n`;
      expect(await run('-T', 'ws', 'start', path, 'nogui')).toEqual({ stdout, stderr: '', exit: 255 });
    }
  },
  'b07-vmrun-already-running-and-guest.txt': async ({ run, shared }) => {
    const [running, address, tools] = recordedText('b07-vmrun-already-running-and-guest.txt').split('\n');
    const vmx = writeVm(shared, 'vm', { 'sim.tools': 'FALSE' });
    await run('-T', 'ws', 'start', vmx);
    expect(await run('-T', 'ws', 'deleteVM', vmx)).toEqual({ stdout: `${running}\n`, stderr: '', exit: 255 });
    expect(await run('-T', 'ws', 'getGuestIPAddress', vmx)).toMatchObject({ stdout: `${address}\n`, exit: 255 });
    expect(await run('-T', 'ws', 'stop', vmx, 'soft')).toMatchObject({
      stdout: `${tools?.replace('/path/to/vm.vmx', vmx)}\n`,
      exit: 255,
    });
  },
  'b08-vmrun-canceled-stale-lock.txt': async ({ run, shared }) => {
    const vmx = writeVm(shared, 'vm');
    plantLock(join(dirname(vmx), 'vm.vmdk'), { machineName: 'elsewhere', pid: 13994 });
    const stdout = recordedText('b08-vmrun-canceled-stale-lock.txt');
    expect(await run('-T', 'ws', 'start', vmx, 'nogui')).toEqual({ stdout, stderr: '', exit: 255 });
  },
  'b11-checktools-and-noise.txt': async ({ host, run, shared }) => {
    const [running, installed, unknown, log, warning] = recordedText('b11-checktools-and-noise.txt').split('\n');
    const state = async (vmx: string) => (await run('-T', 'ws', 'checkToolsState', vmx)).stdout.trim();
    const vmx = writeVm(shared, 'vm');
    expect(await state(vmx)).toBe(installed);
    expect(await state(writeVm(shared, 'without', { 'sim.tools': 'FALSE' }))).toBe(unknown);
    await run('-T', 'ws', 'start', vmx);
    expect(await state(vmx)).toBe(running);
    setFault(host, 'vmrun', { kind: 'noise' });
    expect(await state(vmx)).toBe(`${warning}\n${running}`);
    setFault(host, 'vmrun', { kind: 'noise', stdout: `${log}\n` });
    expect(await state(vmx)).toBe(`${log}\n${running}`);
  },
  'c01-getallvms-vcl-server2-esx.txt': async (node) => {
    nameDatastore(node, 'nfs-datastore', 'vms');
    const recorded = recordedText('c01-getallvms-vcl-server2-esx.txt');
    const cell = /^(\d+) +(vm-ark.*\)) +\[nfs-datastore\] (\S+) +(\S+Guest)/gm;
    const entries = [...recorded.matchAll(cell)].map(([, id, displayName = '', file = '', guest]) => {
      const guestOS = guest === 'winXPProGuest' ? 'winxppro' : 'otherlinux';
      const path = join(node.shared, 'vms', file);
      mkdirSync(dirname(path));
      copyFileSync(writeVm(node.shared, 'any', { displayName, guestOS, 'virtualHW.version': 4 }), path);
      return { id: Number(id), path };
    });
    writeInventoryOf(node.host, entries.toReversed());
    expect(same((await node.vim('vmsvc/getallvms')).stdout)).toBe(same(recorded));
  },
  'c03-getstate.txt': async ({ cmd, vim, vm }) => {
    const vmx = await vm('vm');
    const printed: string[] = [];
    await cmd(vmx, 'start');
    printed.push((await vim('vmsvc/power.getstate', '16')).stdout);
    await cmd(vmx, 'stop', 'hard');
    printed.push((await vim('vmsvc/power.getstate', '16')).stdout);
    await cmd(vmx, 'start');
    await cmd(vmx, 'suspend');
    printed.push((await vim('vmsvc/power.getstate', '16')).stdout);
    expect(printed.map((text) => text.trimEnd())).toEqual(recordedParts('c03-getstate.txt'));
  },
  'c05-register-unregister-faults.txt': async ({ vim, shared }) => {
    const [missing, unknown = ''] = recordedParts('c05-register-unregister-faults.txt');
    expect((await vim('solo/registervm', `"${shared}/none.vmx"`)).stdout).toBe(`${missing}\n`);
    const path = /corresponding to "(.*)""/.exec(unknown)?.[1] ?? '';
    expect((await vim('vmsvc/unregister', `"${path}"`)).stdout).toBe(`${unknown}\n`);
  },
  'c06-message-pending-question.txt': async ({ vim, vm }) => {
    await vm('vm', { 'uuid.location': '56 4d', 'uuid.bios': '56 4d' });
    const on = vim('vmsvc/power.on', '16');
    await expect.poll(async () => (await vim('vmsvc/message', '16')).stdout).not.toBe('No message.\n');
    const { stdout } = await vim('vmsvc/message', '16');
    expect(stdout.replace('message 1:', 'message 12:')).toBe(recordedText('c06-message-pending-question.txt'));
    expect(await vim('vmsvc/message', '16', '1', '2')).toEqual({ stdout: '', stderr: '', exit: 0 });
    expect((await on).stdout).toBe('Powering on VM:\n');
  },
  'c07-message-none.txt': async ({ vim, vm }) => {
    await vm('vm');
    expect((await vim('vmsvc/message', '16')).stdout).toBe(recordedText('c07-message-none.txt'));
  },
  'c08-get-summary.txt': async ({ cmd, vim, vm }) => {
    const vmx = await vm('vm', { 'ethernet0.present': 'TRUE', 'ethernet1.present': 'TRUE', guestOS: 'winxppro' });
    await cmd(vmx, 'start');
    const { stdout } = await vim('vmsvc/get.summary', '16');
    expect(shape(stdout)).toBe(shape(recordedText('c08-get-summary.txt')));
    for (const line of ['powerState = "poweredOn"', 'question = (vim.vm.QuestionInfo) null', 'numEthernetCards = 2']) {
      expect(recordedText('c08-get-summary.txt')).toContain(`     ${line},\n`);
      expect(stdout).toContain(`     ${line},\n`);
    }
  },
  'c12-login-errors.txt': async ({ host, vim }) => {
    const [reset, timeout] = recordedText('c12-login-errors.txt').split(/(?<=\n)/);
    setFault(host, 'vmware-vim-cmd', {});
    expect((await vim('vmsvc/getallvms')).stdout).toBe(reset);
    setFault(host, 'vmware-vim-cmd', { stdout: timeout ?? '' });
    expect((await vim('vmsvc/getallvms')).stdout).toBe(timeout);
  },
  'd01-lock-scan-2008.log.txt': async (node) => {
    const vmx = await started(node, 'vm');
    const members = Object.entries(locksOf(vmx)).flatMap(([file, names]) => names.map((name) => `${file}.lck/${name}`));
    crashVm(node.host, vmx);
    await later(300);
    await node.cmd(vmx, 'start');
    const words = recordedText('d01-lock-scan-2008.log.txt').split('\n').slice(0, 2);
    const log = readFileSync(join(dirname(vmx), 'vmware.log'), 'utf8')
      .trim()
      .split('\n');
    const file = (line: string) => /'(.*)'/.exec(line)?.[1] ?? '';
    const template = new Set(words.map((line) => line.replace(file(line), 'FILE')));
    expect(new Set(log.map((line) => line.replace(file(line), 'FILE')))).toEqual(template);
    expect(log.map((line) => file(line).slice(dirname(vmx).length + 1)).sort()).toEqual(members.sort());
  },
  'd03-suspend-on-other-cpu.log.txt': async (node) => {
    const vmx = await started(node, 'vm');
    await node.cmd(vmx, 'suspend');
    const config = join(node.host.dir, 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('{', '{"cpu":"another",'));
    expect((await node.cmd(vmx, 'start')).exit).toBe(16);
    const log = readFileSync(join(dirname(vmx), 'vmware.log'), 'utf8');
    const recorded = recordedText('d03-suspend-on-other-cpu.log.txt').replace(
      /"\/vmfs.*"/,
      `"${vmx.replace('.vmx', '.vmss')}"`,
    );
    expect(log).toBe(recorded);
  },
};

/** Replays of what later versions print, on a host whose vim-cmd is that of ESXi. */
const laterReplays: Record<string, (node: Node) => Promise<void>> = {
  'c02-esxi-one-vm-session.txt': async (node) => {
    const { cmd, vim, shared } = node;
    nameDatastore(node, 'LocalDatastore_001', 'local');
    const recorded = recordedText('c02-esxi-one-vm-session.txt').split(/^\$ vim-cmd .*\n/m);
    const [, created, table, on, runtime, off, stores, table2] = recorded;
    const dummy = (name: string) => vim('vmsvc/createdummyvm', name, `[LocalDatastore_001]/${name}/${name}.vmx`);
    expect((await dummy('testVM')).stdout).toBe(created);
    expect(same((await vim('vmsvc/getallvms')).stdout)).toBe(table);
    expect((await vim('vmsvc/power.on', '1')).stdout).toBe(on);
    const timeless = (text = '') => text.replace(/bootTime = ".*"/, 'bootTime = "…"');
    expect(timeless((await vim('vmsvc/get.runtime', '1')).stdout)).toBe(timeless(runtime));
    expect((await vim('vmsvc/power.off', '1')).stdout).toBe(off);
    const placeless = (text = '') => text.replace(/^url( +).*$/m, 'url$1…');
    expect(placeless((await vim('vmsvc/get.datastores', '1')).stdout)).toBe(placeless(stores));
    await vim('vmsvc/unregister', '1');
    await dummy('CentosTest');
    await cmd(join(shared, 'local/CentosTest/CentosTest.vmx'), 'setconfig', 'guestOS', 'otherlinux');
    expect(same((await vim('vmsvc/getallvms')).stdout)).toBe(table2);
  },
  'c10-esxi7-8-empty-and-guest.txt': async (node) => {
    nameDatastore(node, 'pve-esx', 'vms');
    const recorded = recordedText('c10-esxi7-8-empty-and-guest.txt').split(/^\$ vim-cmd .*\n/m);
    const [, empty, table, guest] = recorded;
    expect((await node.vim('vmsvc/getallvms')).stdout).toBe(empty);
    const vmx = await node.vm('x8', { guestOS: 'centos9-64', 'virtualHW.version': 20, 'sim.tools': 'FALSE' });
    expect(same((await node.vim('vmsvc/getallvms')).stdout)).toBe(table);
    await node.cmd(vmx, 'start');
    expect((await node.vim('vmsvc/get.guest', '1')).stdout).toBe(guest);
  },
};

/** Recordings that are no output of a simulated tool, or that hold something that is not simulated. */
const elsewhere: Record<string, string> = {
  'a09-rcli-usage-and-session.txt': 'the usage of another product, condensed',
  'a12-stuck-handling-vcl.txt': 'what a script does, in words',
  'b09-vmrun-unable-to-start.txt': 'a broken installation: replayed by a fault below',
  'b10-vmware-version-with-garbage.txt': 'the output of `vmware -v`, which is not simulated',
  'c04-power-faults.txt': 'both its forms are replayed below',
  'c09-tasks-and-managedobjectnotfound.txt': 'tasks are not simulated: replayed by a fault below',
  'c11-vmInventory-and-datastores.xml.txt': 'files: compared below',
  'd02-in-use-dialogs.txt': 'dialogs of the graphical interface',
  'd04-syntax-error-vmx.txt': 'a dialog of the graphical interface',
  'e08-vmrest-session.txt': 'vmrest is not simulated',
};

const files = readdirSync(join(import.meta.dirname, '../fixtures/vmware')).filter((file) => file.endsWith('.txt'));
const configurations = files.filter((file) => file.endsWith('.vmx.txt'));

describe('The simulated tools of VMware print what the real ones printed', () => {
  it('in every situation that was recorded', () => {
    const known = { ...replays, ...laterReplays, ...elsewhere };
    expect(files.filter((file) => !(file in known) && !configurations.includes(file))).toEqual([]);
  });

  for (const [file, replay] of Object.entries(replays)) {
    it.concurrent(`in ${file}`, () => withNodes(replay, { softSeconds: 0.5 }));
  }

  for (const [file, replay] of Object.entries(laterReplays)) {
    it.concurrent(`in ${file}, by a later version`, () => withNodes(replay, { vimCmd: 'esxi' }));
  }

  it('in c04-power-faults.txt, by both versions', async () => {
    const [on, laterOn, off, laterOff, laterSuspend] = recordedParts('c04-power-faults.txt');
    const faults = async ({ cmd, vim, vm }: Node, id: string) => {
      const vmx = await vm('vm');
      const whileOff = [await vim('vmsvc/power.off', id), await vim('vmsvc/power.suspend', id)];
      await cmd(vmx, 'start');
      return [await vim('vmsvc/power.on', id), ...whileOff].map(({ stdout }) => stdout.trimEnd());
    };
    await withNodes(async (node) => expect((await faults(node, '16')).slice(0, 2)).toEqual([on, off]));
    await withNodes(async (node) => expect(await faults(node, '1')).toEqual([laterOn, laterOff, laterSuspend]), {
      vimCmd: 'esxi',
    });
  });

  it('by a fault that prints it, where it is not simulated', async () => {
    await withNodes(async ({ host, run, vim }) => {
      const broken = recordedText('b09-vmrun-unable-to-start.txt');
      setFault(host, 'vmrun-list', { stdout: broken, exit: 255 });
      expect(await run('-T', 'ws', 'list')).toEqual({ stdout: broken, stderr: '', exit: 255 });
      const [vanished = ''] = recordedText('c09-tasks-and-managedobjectnotfound.txt').split('\n\n');
      setFault(host, 'vmware-vim-cmd-getallvms', { stdout: vanished, exit: 0 });
      expect(await vim('vmsvc/getallvms')).toEqual({ stdout: vanished, stderr: '', exit: 0 });
    });
  });

  it('in the files of the inventory and of the datastores', async () => {
    const [inventory = '', datastores = ''] = recordedParts('c11-vmInventory-and-datastores.xml.txt');
    await withNodes(async ({ host, shared, vm }) => {
      const vmx = await vm('x & y');
      const read = (file: string) => readFileSync(join(host.dir, 'etc-vmware', file), 'utf8').trimEnd();
      const ours = read('hostd/vmInventory.xml')
        .replace('<objID>16', '<objID>1')
        .replace(vmx.replaceAll('&', '&amp;'), '/vmfs/volumes/x/x.vmx');
      expect(ours).toBe(inventory.replace('    <secDomain/>\n', ''));
      expect(read('hostd/datastores.xml').replace(join(shared, 'vms'), '/var/lib/vmware/Shared VMs')).toBe(
        datastores.trimEnd(),
      );
      expect(read('vm-list')).toBe(`config "${vmx}"`);
    });
  });
});

describe('A real configuration is read, and written only where something changes', () => {
  for (const file of configurations) {
    it.concurrent(file, () =>
      withNodes(async ({ cmd, run, shared }) => {
        const vmx = join(shared, 'vms', 'real', 'real.vmx');
        mkdirSync(dirname(vmx));
        const before = recordedText(file);
        writeFileSync(vmx, before);
        await cmd('-s', 'register', vmx);
        const name = /^displayName = "(.*)"$/m.exec(before)?.[1];
        expect((await cmd('-q', vmx, 'getconfig', 'DISPLAYNAME')).stdout).toBe(`${name}\n`);
        await cmd(vmx, 'start');
        const create = vmxValue(vmx, 'uuid.action') === 'create';
        expect((await cmd('-q', vmx, 'getstate')).stdout).toBe(create ? 'on\n' : 'stuck\n');
        expect(vmxValue(vmx, 'uuid.bios') === /^uuid\.bios = "(.*)"$/m.exec(before)?.[1]).toBe(!create);
        const others = (text: string) =>
          text.split('\n').filter((line) => !/^(uuid|ethernet\d\.generated)/i.test(line));
        expect(others(readFileSync(vmx, 'utf8'))).toEqual(others(before));
        expect(await run('-T', 'ws', 'list')).toMatchObject({ exit: 0 });
        rmSync(vmx);
      }),
    );
  }
});
