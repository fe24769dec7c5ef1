import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type VmsOptions, vmsFacts } from '../../lib/survey/vms.ts';
import { fromNow, machineClock } from '../../lib/system/clock.ts';
import { processes } from '../../lib/system/process-table.ts';
import type { Runner } from '../../lib/system/runner.ts';
import { processesOf, runOn, type SimHost, setFault, writeConfig } from '../sim/control.ts';
import { crashVm } from '../sim/vmware/control.ts';
import { type Node, withNodes } from './vmware-hosts.ts';
import { quick } from './xl-situations.ts';

/** Asks a simulated host, whose processes are only its own. */
async function ask({ host }: Node, options: VmsOptions = {}, missing: readonly string[] = []) {
  const own = new Set(processesOf(host, /./));
  return await vmsFacts(options, { runner: runnerOn(host, missing), deadline: fromNow(5000, machineClock) }, () =>
    processes().filter(({ pid }) => own.has(pid)),
  );
}

function runnerOn(host: SimHost, missing: readonly string[]): Runner {
  const unused = () => {
    throw new Error('not used');
  };
  return {
    query: unused,
    converse: unused,
    launch: unused,
    perform: async (program, args, deadline) => {
      const nothing = { code: -1, stdout: '', stderr: '' };
      if (missing.includes(program)) return { outcome: 'missing', ...nothing };
      const late = machineClock.sleep(deadline.remaining()).then(() => ({ outcome: 'timed-out', ...nothing }) as const);
      const done = runOn(host, program, ...args).then(
        ({ exit, stdout, stderr }) => ({ outcome: 'exited', code: exit, stdout, stderr }) as const,
      );
      return await Promise.race([done, late]);
    },
  };
}

const states = ({ vms }: Awaited<ReturnType<typeof ask>>) => Object.fromEntries(vms.map((vm) => [vm.shown, vm.state]));

it.each([
  ['vmware-vim-cmd', []],
  ['vmware-cmd', ['vmware-vim-cmd']],
] as const)('%s lists every VM with its state, memory and file', async (toolstack, missing) => {
  await withNodes(async (node) => {
    const on = await node.vm('it runs (really)', { memsize: 96, numvcpus: 2 });
    await node.vm('off');
    const suspended = await node.vm('suspended');
    for (const vmx of [on, suspended]) await node.cmd(vmx, 'start');
    await node.cmd(suspended, 'suspend');
    const facts = await ask(node, {}, [...missing, 'xl']);
    expect(states(facts)).toEqual({ 'it runs (really)': 'running', off: 'off', suspended: 'suspended' });
    expect(facts.vms.find(({ vm }) => vm === on)).toMatchObject({ toolstack, memoryMiB: 96, vcpus: 2 });
    expect(facts.toolstacks.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });
});

it('vmrun lists what runs, and is asked only where there is no other tool', async () => {
  await withNodes(async (node) => {
    const on = await node.vm('on');
    await node.vm('off');
    await node.run('-T', 'ws', 'start', on, 'nogui');
    const all = await ask(node);
    expect(all.toolstacks.map(({ name }) => name)).not.toContain('vmrun');
    const facts = await ask(node, {}, ['vmware-cmd', 'vmware-vim-cmd']);
    expect(states(facts)).toEqual({ on: 'running' });
    expect(facts.vms[0]).toMatchObject({ vm: on, toolstack: 'vmrun', memoryMiB: 64 });
  });
});

it('a tool that hangs or fails is a problem of that tool, and the domains of Xen are there all the same', async () => {
  await withNodes(async (node) => {
    await runOn(node.host, 'xl', 'create', writeConfig(node.host, 'g1', `name = "g1"\nmemory = 128\n${quick}`));
    setFault(node.host, 'vmware-cmd', { kind: 'hang' });
    setFault(node.host, 'vmware-vim-cmd', {});
    const facts = await ask(node);
    expect(facts.toolstacks).toEqual([
      { name: 'xl', installed: true },
      { name: 'vmware-vim-cmd', installed: true, problem: expect.stringContaining('vmware-vim-cmd') },
      { name: 'vmware-cmd', installed: true, problem: expect.stringContaining('no answer in time') },
    ]);
    expect(facts.vms).toMatchObject([{ vm: 'g1', state: 'running', memoryMiB: 128, uuid: expect.stringMatching(/-/) }]);
  });
});

it('a VM that a tool calls off while its process lives is lingering, and so is one that no tool knows', async () => {
  await withNodes(async (node) => {
    const on = await node.vm('on');
    await node.cmd(on, 'start');
    expect(states(await ask(node, {}, ['vmware-cmd', 'vmware-vim-cmd', 'vmrun']))).toEqual({ on: 'lingering' });
    crashVm(node.host, on);
    expect(states(await ask(node))).toEqual({ on: 'off' });
  });
});

it('the names in configuration files are read, and the links of .vmx files followed', async () => {
  await withNodes(async (node) => {
    const xl = writeConfig(node.host, 'one', 'name = "the one"\n');
    const broken = writeConfig(node.host, 'broken', 'name = [');
    const libvirt = join(node.host.dir, 'x.xml');
    writeFileSync(libvirt, '<domain><name>libvirt one</name></domain>');
    const vmx = await node.vm('linked');
    const link = join(node.host.dir, 'link.vmx');
    symlinkSync(vmx, link);
    const facts = await ask(node, { xlFiles: [xl, broken, '/missing'], libvirtFiles: [libvirt], vmxFiles: [link] });
    expect(facts.names).toEqual({ [xl]: 'the one', [libvirt]: 'libvirt one' });
    expect(facts.realPaths).toEqual({ [link]: vmx });
  });
});
