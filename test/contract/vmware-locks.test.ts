import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { overlaps, readTruth, recordHostDown, runningCopies, runOn } from '../sim/control.ts';
import { crashHost, crashVm, locksOf, plantLock, vmProcesses, writeVm } from '../sim/vmware/control.ts';
import { type Node, withNodes } from './vmware-hosts.ts';

const member = /^[A-Za-z0-9+-]{16} (\d+)-(\d+)\(vmware-vmx\) (\d+) X (\d+) lc=(\d+)\0+$/;
const start = (node: Node, vmx: string) => node.run('-T', 'ws', 'start', vmx, 'nogui');
const inUse = { stdout: 'Error: The file is already in use\n', stderr: '', exit: 255 };

const memberOf = (vmx: string) => join(`${vmx}.lck`, locksOf(vmx)['vm.vmx']?.[0] ?? '');

describe('The locks of a simulated VM', () => {
  it('name its host and its process, for the configuration, each disk and the memory', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm', { 'scsi0:0.fileName': 'data.vmdk' });
      await start(node, vmx);
      const locked = Object.keys(locksOf(vmx)).map((file) => file.replace(/^[0-9a-f-]{36}/, 'UUID'));
      expect(locked.sort()).toEqual(['UUID.vmem', 'data.vmdk', 'vm.vmdk', 'vm.vmx']);
      const path = memberOf(vmx);
      expect(statSync(path).size).toBe(512);
      const [pid = 0] = vmProcesses(node.host, vmx);
      const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
      expect(member.exec(readFileSync(path, 'utf8'))?.slice(1, 5)).toEqual([String(pid), ticks, '1', ticks]);
      await node.run('-T', 'ws', 'stop', vmx, 'hard');
      expect(locksOf(vmx)).toEqual({});
    }));

  it('go when the VM is suspended, shut down or powered off by a signal, and stay when its process is killed', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm');
      for (const end of [
        () => node.run('-T', 'ws', 'suspend', vmx),
        () => node.run('-T', 'ws', 'stop', vmx, 'soft'),
        async () => {
          for (const pid of vmProcesses(node.host, vmx)) process.kill(pid, 'SIGTERM');
        },
      ]) {
        await start(node, vmx);
        await end();
        await expect.poll(() => locksOf(vmx)).toEqual({});
      }
      await start(node, vmx);
      crashVm(node.host, vmx);
      await later(300);
      expect(Object.keys(locksOf(vmx))).toHaveLength(3);
    }));

  it('keep every other host out, with each toolstack', () =>
    withNodes(async (node1, node2) => {
      const vmx = await node1.vm('vm', { 'uuid.action': 'keep' });
      await node2.cmd('-s', 'register', vmx);
      await node1.cmd(vmx, 'start');
      expect(await start(node2, vmx)).toEqual(inUse);
      expect(await node2.vim('vmsvc/power.on', '16')).toMatchObject({ stdout: 'Powering on VM:\nPower on failed\n' });
      expect(await node2.cmd(vmx, 'start')).toMatchObject({ exit: 16 });
      expect((await node2.cmd(vmx, 'getstate')).stdout).toBe('getstate() = stuck\n');
      expect((await node2.cmd(vmx, 'answer')).stdout).toContain('Failed to lock the file.');
      expect((await node2.cmd(vmx, 'getstate')).stdout).toBe('getstate() = off\n');
      const log = readFileSync(join(dirname(vmx), 'vmware.log'), 'utf8');
      expect(log).toMatch(/timeout on '.*vm\.vmx\.lck' due to another machine '[A-Za-z0-9+-]{16}'/);
      expect(overlaps(readTruth(node1.host.truth))).toEqual([]);
      expect(runningCopies(readTruth(node1.host.truth), vmx)).toHaveLength(1);
    }));

  it('of a dead process of the same host are discarded, those of another host never', () =>
    withNodes(async (node1, node2) => {
      const vmx = writeVm(node1.shared, 'vm', { 'uuid.action': 'keep' });
      await start(node1, vmx);
      crashVm(node1.host, vmx);
      await later(300);
      expect(await start(node2, vmx)).toEqual(inUse);
      expect((await start(node1, vmx)).exit).toBe(0);
    }));

  it('of a host that died stay, until somebody who knows that it is dead removes them', () =>
    withNodes(async (node1, node2) => {
      const vmx = writeVm(node1.shared, 'vm', { 'uuid.action': 'keep' });
      await start(node1, vmx);
      recordHostDown(node1.host.truth, 'node1');
      crashHost(node1.host);
      expect(await start(node2, vmx)).toEqual(inUse);
      for (const file of Object.keys(locksOf(vmx))) rmSync(join(dirname(vmx), `${file}.lck`), { recursive: true });
      expect((await start(node2, vmx)).exit).toBe(0);
      expect(await start(node1, vmx)).toEqual(inUse);
      const truth = readTruth(node1.host.truth);
      expect(overlaps(truth)).toEqual([]);
      expect(runningCopies(truth, vmx)).toEqual([expect.stringMatching(/^node2\//)]);
    }));

  it('let exactly one of two hosts win that start at the same moment', () =>
    withNodes(async (node1, node2) => {
      for (let round = 0; round < 8; round++) {
        const vmx = writeVm(node1.shared, `vm${round}`, { 'uuid.action': 'keep' });
        const ends = await Promise.all([start(node1, vmx), start(node2, vmx)]);
        expect(ends.map(({ exit }) => exit).sort()).toEqual([0, 255]);
        expect(runningCopies(readTruth(node1.host.truth), vmx)).toHaveLength(1);
      }
      expect(overlaps(readTruth(node1.host.truth))).toEqual([]);
    }));

  it('do not protect on a file system without locks, and the truth log tells', () =>
    withNodes(async (node1, node2) => {
      const vmx = writeVm(node1.shared, 'vm', { 'uuid.action': 'keep', 'sim.noLocking': 'TRUE' });
      await start(node1, vmx);
      expect((await start(node2, vmx)).exit).toBe(0);
      expect(overlaps(readTruth(node1.host.truth))).toMatchObject([{ name: vmx, to: undefined }]);
    }));

  it('are waited for by a start; when that is killed meanwhile, its process goes with it', () =>
    withNodes(
      async (node) => {
        const vmx = writeVm(node.shared, 'vm');
        const planted = plantLock(vmx, { machineName: 'elsewhere' });
        const killed = await runOn(node.host, 'timeout', '-s', 'KILL', '0.4', 'vmrun', '-T', 'ws', 'start', vmx);
        expect(killed.exit).toBe(137);
        rmSync(planted);
        expect((await node.run('-T', 'ws', 'list')).stdout).toBe('Total running VMs: 0\n');
        expect(vmProcesses(node.host, vmx)).toEqual([]);
        expect((await start(node, vmx)).exit).toBe(0);
      },
      { lockSeconds: 5 },
    ));

  it('that cannot be read are removed, as VMware does', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm');
      const planted = plantLock(vmx, { machineName: 'elsewhere' });
      writeFileSync(planted, 'short');
      expect((await start(node, vmx)).exit).toBe(0);
      expect(existsSync(planted)).toBe(false);
      const log = readFileSync(join(dirname(vmx), 'vmware.log'), 'utf8');
      expect(log).toContain(`removing problematic lock file '${planted}'`);
    }));

  it('of a living process of the same host hold, whatever it is', () =>
    withNodes(async (node) => {
      const vmx = writeVm(node.shared, 'vm');
      const own = JSON.parse(readFileSync(join(node.host.dir, 'config.json'), 'utf8'));
      plantLock(vmx, { machineName: 'node1', ethernet: own.ethernet, pid: process.pid, start: '0' });
      expect(await start(node, vmx)).toEqual(inUse);
    }));
});
