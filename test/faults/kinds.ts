import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { agents } from '../../agents/index.ts';
import type { AnyAgent } from '../../lib/agent/define.ts';
import { reasons } from '../sim/domain.ts';
import * as domains from '../sim/guest.ts';
import { view as viewXen } from '../sim/state.ts';
import { plantLock } from '../sim/vmware/control.ts';
import { view as viewVmware } from '../sim/vmware/state.ts';
import { readVmx } from '../sim/vmware/vmx.ts';
import { programOn } from './programs.ts';
import type { Node, World } from './world.ts';

/** What is true of the VM on a node, whatever a tool says. */
export type Fact =
  /** Its guest executes. */
  | 'executes'
  /** It exists, and will execute or may come to. */
  | 'exists'
  | 'nothing';

/** A kind of VM on a kind of toolstack, for the matrix. */
export interface Kind {
  readonly name: string;
  /** The agent, for tables. */
  readonly column: 'ocf:virt:Xen' | 'ocf:virt:VMware';
  readonly agent: AnyAgent;
  /** The resource's parameters. */
  parameters(world: World): Readonly<Record<string, string>>;
  /** Writes the configuration of the VM. */
  prepare(world: World): void;
  /** Brings the VM into a state on the first node, by its name. */
  readonly truths: Readonly<Record<string, (world: World) => void>>;
  factOn(node: Node): Fact;
  /** What of the user's files may never change. */
  userFiles(world: World): string;
}

/** Runs a command of the toolstack that nothing disturbs. */
function tool(node: Node, name: string, ...args: string[]): void {
  const found = programOn(node, name, args, { attributes: new Map() });
  if (!found) throw new Error(`there is no ${name}`);
  const { world } = node;
  const program = world.start(world.add(node, [name, ...args]), found.run);
  world.finish(program, world.now + 100_000);
  if (program.ended?.code !== 0) throw new Error(`${name} ${args.join(' ')}: ${program.host.stderr}`);
}

const configFile = (world: World) => join(world.folder, 'vm01.cfg');
const xenConfig = 'name = "vm01"\ntype = "pvh"\nmemory = 128\n';
const xenAgent = (await agents['Xen']?.()) as AnyAgent;
const vmwareAgent = (await agents['VMware']?.()) as AnyAgent;

const create = (world: World) => {
  tool(world.nodes[0], 'xl', 'create', configFile(world));
  world.elapse(2000);
};

/** Changes the one domain of the first node by hand. */
const change = (world: World, work: (domain: ReturnType<typeof viewXen>['domains'][number], now: number) => void) => {
  create(world);
  const [node] = world.nodes;
  node.inspect(() => {
    const [domain] = viewXen().domains;
    if (domain) work(domain, world.now);
  });
};

const isVm01 = (name: string) => name === 'vm01';

const xenTruths: Kind['truths'] = {
  'the VM is not there': () => {},
  'the VM runs': create,
  'the VM is paused': (world) => change(world, (domain, now) => domains.pause(domain, now)),
  'the VM crashed and is preserved': (world) =>
    change(world, (domain, now) => {
      domain.daemon = null;
      domain.since = null;
      domain.ended = { reason: reasons.crash, time: now };
      domains.truth(domain, 'crashed', now);
    }),
  'the VM powered off and is preserved': (world) =>
    change(world, (domain, now) => {
      domain.daemon = null;
      domain.since = null;
      domain.ended = { reason: reasons.poweroff, time: now };
      domains.truth(domain, 'shutdown', now);
    }),
  'the VM was left suspended by a killed migration': (world) => suspended(world, 'vm01'),
  'a suspended copy was left by a migration that went away': (world) => suspended(world, 'vm01--migratedaway'),
  'the VM was left half-built': (world) => {
    const [node] = world.nodes;
    const found = programOn(node, 'xl', ['create', configFile(world)], { attributes: new Map() });
    const program = world.start(world.add(node, ['xl', 'create', configFile(world)]), found?.run ?? (() => 1));
    world.elapse(50);
    world.kill(program, 'SIGKILL');
  },
  'a copy that arrived was left behind': (world) =>
    change(world, (domain, now) => {
      domains.pause(domain, now);
      domain.label = 'vm01--incoming';
    }),
  'the VM reboots': (world) => {
    create(world);
    tool(world.nodes[0], 'xl', 'reboot', 'vm01');
    world.elapse(600);
  },
};

const suspended = (world: World, label: string) =>
  change(world, (domain, now) => {
    world.nodes[0].inspect(() => domains.suspend(viewXen(), domain, now));
    domain.label = label;
  });

function xenFact(node: Node): Fact {
  if (!node.up) return 'nothing';
  return node.inspect(() => {
    const { domains: all, restarts } = viewXen();
    const own = all.filter(({ spec, dyingUntil }) => isVm01(spec.name) && dyingUntil === null);
    if (own.some(({ since }) => since !== null)) return 'executes';
    const isStarting = node
      .living()
      .some(({ args, work }) => work !== undefined && args[0] === 'xl' && /^(create|restore)$/.test(args[1] ?? ''));
    return own.length > 0 || restarts.length > 0 || isStarting ? 'exists' : 'nothing';
  });
}

const xen = (name: string, truths: Kind['truths'], extra: Readonly<Record<string, string>> = {}): Kind => ({
  name,
  column: 'ocf:virt:Xen',
  agent: xenAgent,
  parameters: (world) => ({
    xmfile: configFile(world),
    ...Object.fromEntries(Object.entries(extra).map(([key, value]) => [key, value.replaceAll('FOLDER', world.folder)])),
  }),
  prepare: (world) => {
    writeFileSync(configFile(world), xenConfig);
    mkdirSync(join(world.folder, 'images'), { mode: 0o700 });
  },
  truths,
  factOn: xenFact,
  userFiles: (world) => readFileSync(configFile(world), 'utf8'),
});

const vmx = (world: World) => join(world.folder, 'vms/vm01/vm01.vmx');

const vmware = (toolstack: 'vmware-cmd' | 'vmware-vim-cmd' | 'vmrun'): Kind => {
  const operations = {
    'vmware-cmd': { on: ['start'], suspend: ['suspend'] },
    'vmware-vim-cmd': { on: ['vmsvc/power.on'], suspend: ['vmsvc/power.suspend'] },
    vmrun: { on: ['start'], suspend: ['suspend'] },
  }[toolstack];
  const operate = (world: World, words: readonly string[]) => {
    const [verb = ''] = words;
    const file = vmx(world);
    const args = { 'vmware-cmd': [file, verb], 'vmware-vim-cmd': [verb, file], vmrun: ['-T', 'ws', verb, file] };
    tool(world.nodes[0], toolstack, ...args[toolstack]);
  };
  const register = (world: World) => {
    if (toolstack === 'vmware-cmd') tool(world.nodes[0], toolstack, '-s', 'register', vmx(world));
    if (toolstack === 'vmware-vim-cmd') tool(world.nodes[0], toolstack, 'solo/registervm', `"${vmx(world)}"`);
  };
  const run = (world: World) => {
    register(world);
    operate(world, operations.on);
    world.elapse(2000);
  };
  return {
    name: toolstack,
    column: 'ocf:virt:VMware',
    agent: vmwareAgent,
    parameters: (world) => ({ vmxpath: vmx(world), toolstack }),
    prepare: (world) => {
      mkdirSync(dirname(vmx(world)), { recursive: true });
      const text =
        'config.version = "8"\ndisplayName = "vm01"\nmemsize = "64"\nuuid.action = "keep"\nide0:0.present = "TRUE"\nide0:0.fileName = "vm01.vmdk"\n';
      writeFileSync(vmx(world), text, { mode: 0o755 });
    },
    truths: {
      'the VM is not there': () => {},
      'the VM is registered and off': register,
      'the VM runs': run,
      'the VM is suspended': (world) => {
        run(world);
        operate(world, operations.suspend);
      },
      'the VM crashed and left its locks': (world) => {
        run(world);
        const [node] = world.nodes;
        for (const program of node.living()) {
          if (program.args[0]?.endsWith('vmware-vmx')) world.kill(program, 'SIGKILL');
        }
        node.inspect(viewVmware);
      },
      'another host holds a lock': (world) => {
        plantLock(vmx(world), { machineName: 'a-host-that-is-no-node' });
      },
    },
    factOn: (node) => {
      if (!node.up) return 'nothing';
      return node.inspect(() => {
        const [vm] = viewVmware().vms;
        // A VM that is on its way and has nothing to ask is powered on, as its tools say.
        const isOn = vm?.due.some(({ what }) => what === 'running' || what === 'resumed');
        if (isOn || vm?.phase === 'running') return 'executes';
        return vm === undefined ? 'nothing' : 'exists';
      });
    },
    userFiles: (world) => {
      // VMware itself writes these.
      const own = readVmx(vmx(world)).lines.filter(({ text }) => !/^(uuid\.|checkpoint\.)/.test(text));
      const locks = join(`${vmx(world)}.lck`, 'M00760.lck');
      const foreign = existsSync(locks) ? readFileSync(locks, 'latin1') : '';
      return (
        own
          .map(({ text }) => text)
          .join('\n')
          .trim() + foreign
      );
    },
  };
};

/** Every kind of VM of the matrix. */
export const kinds: readonly Kind[] = [
  xen('Xen', xenTruths),
  xen(
    'Xen, with all that costs more calls',
    { 'the VM is not there': () => {}, 'the VM runs': create },
    {
      stop_method: 'save',
      save_directory: 'FOLDER/images',
      node_ip_attribute: 'ip_livemigration',
      monitor_scripts: '/usr/local/bin/look-inside',
      autoset_utilization_cpu: 'true',
      autoset_utilization_hv_memory: 'true',
      allow_mem_management: 'true',
    },
  ),
  vmware('vmware-cmd'),
  vmware('vmware-vim-cmd'),
  vmware('vmrun'),
];
