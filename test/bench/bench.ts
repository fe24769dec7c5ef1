import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { buildAll } from '../../build/build.ts';
import { vms, type WatchCost, watchCost } from './idle.ts';

// What one monitor costs, as whole processes, side by side with the old agent: the same tool, a compiled stub, for all.

/** One monitor of one VM by each agent. */
interface Comparison {
  readonly old: string;
  readonly commands: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

interface Measured {
  readonly title: string;
  /** Medians of wall time and of CPU time (user and system), in milliseconds. */
  readonly wall: number;
  readonly cpu: number;
}

const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-bench-'));
const hostd = new AbortController();
try {
  await buildAll();
  // As users have them: a copy. What the compiler itself wrote lies scattered in the page cache and starts 1 ms later.
  await cp('dist', join(folder, 'installed'), { recursive: true, verbatimSymlinks: true });
  const runs = process.argv.includes('--quick') ? 40 : 200;
  console.log(`One monitor of a running VM, ${runs} runs each, on ${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}`);
  const xen = await ofXen();
  const monitors = await measure(xen, runs);
  print(xen, monitors);
  const vmware = await ofVmware();
  print(vmware, await measure(vmware, runs));
  const seconds = process.argv.includes('--quick') ? 60 : 240;
  printIdle(monitors, await watchCost(folder, installed('native', 'VMWatch'), seconds));
} finally {
  hostd.abort();
  await rm(folder, { recursive: true });
  await rm(`/run/ocf-virt/VMware-${basename(folder)}.json`, { force: true });
}

async function ofXen(): Promise<Comparison> {
  await execa('cc', ['-O2', '-o', join(folder, 'xl'), 'test/bench/xl.c']);
  await writeFile(join(folder, 'vm01.cfg'), 'name = "vm01"\n');
  return {
    old: 'ocf:heartbeat:Xen',
    commands: {
      'one exec of the stub': `${join(folder, 'xl')} list vm01`,
      'ocf:heartbeat:Xen': '/usr/lib/ocf/resource.d/heartbeat/Xen monitor',
      'ocf:virt:Xen native': `${installed('native', 'Xen')} monitor`,
      'ocf:virt:Xen node': `${installed('node', 'Xen')} monitor`,
    },
    env: { OCF_RESKEY_xmfile: join(folder, 'vm01.cfg'), OCF_RESKEY_name: 'vm01', OCF_RESOURCE_INSTANCE: 'vm01' },
  };
}

async function ofVmware(): Promise<Comparison> {
  const tool = join(folder, 'vmware-vim-cmd');
  const vmx = join(folder, 'vm01.vmx');
  await execa('cc', ['-O2', '-o', tool, 'test/bench/vim-cmd.c']);
  await writeFile(vmx, 'displayName = "vm01"\nmsg.autoAnswer = "TRUE"\n');
  await symlink(tool, join(folder, 'vmware-hostd'));
  execa(join(folder, 'vmware-hostd'), { cancelSignal: hostd.signal, reject: false });
  return {
    old: 'ocf:heartbeat:vmware',
    commands: {
      'one exec of the stub': `${tool} vmsvc/get.summary 16`,
      'ocf:heartbeat:vmware': '/usr/lib/ocf/resource.d/heartbeat/vmware monitor',
      'ocf:virt:VMware native': `${installed('native', 'VMware')} monitor`,
      'ocf:virt:VMware node': `${installed('node', 'VMware')} monitor`,
    },
    // What the first monitor finds out, the agent remembers by the name of the resource.
    env: {
      BENCH_VMX: vmx,
      OCF_RESKEY_vmxpath: vmx,
      OCF_RESKEY_vimshbin: tool,
      OCF_RESOURCE_INSTANCE: basename(folder),
    },
  };
}

function installed(form: 'native' | 'node', agent: string): string {
  return join(folder, 'installed', form, 'usr/lib/ocf/resource.d/virt', agent);
}

/** Runs all commands in rounds, so that what else the machine does hits them alike. */
async function measure({ commands, env }: Comparison, runs: number): Promise<Measured[]> {
  const rounds = 10;
  const samples = new Map<string, { wall: number[]; cpu: number[] }>();
  for (let round = 0; round < rounds; round += 1) {
    const file = join(folder, 'hyperfine.json');
    const options = ['-N', '--warmup', '3', '--runs', String(runs / rounds), '--style', 'none', '--export-json', file];
    await execa('hyperfine', [...options, ...Object.values(commands)], {
      env: {
        PATH: `${folder}:${process.env['PATH']}`,
        OCF_ROOT: '/usr/lib/ocf',
        OCF_RESKEY_CRM_meta_interval: '30000',
        OCF_RESKEY_CRM_meta_timeout: '30000',
        ...env,
      },
      stdout: 'ignore',
    });
    const { results } = JSON.parse(await readFile(file, 'utf8')) as {
      results: { times: number[]; user: number; system: number }[];
    };
    for (const [index, title] of Object.keys(commands).entries()) {
      const result = results[index];
      if (result === undefined) throw new Error(`hyperfine did not measure ${title}`);
      const sample = samples.get(title) ?? { wall: [], cpu: [] };
      sample.wall.push(...result.times);
      sample.cpu.push(result.user + result.system);
      samples.set(title, sample);
    }
  }
  return [...samples].map(([title, { wall, cpu }]) => ({ title, wall: median(wall) * 1000, cpu: median(cpu) * 1000 }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print({ old }: Comparison, measured: readonly Measured[]): void {
  const reference = measured.find(({ title }) => title === old);
  if (reference === undefined) throw new Error(`${old} was not measured`);
  console.log('\n                         wall ms   ratio    CPU ms   ratio');
  for (const { title, wall, cpu } of measured) {
    const numbers = [wall, wall / reference.wall, cpu, cpu / reference.cpu].map((value, index) =>
      value.toFixed(index % 2 === 0 ? 1 : 2).padStart(8),
    );
    console.log(`${title.padEnd(23)} ${numbers.join(' ')}`);
  }
}

/** What 100 VMs of a node cost in an hour in which nothing happens. */
function printIdle(monitors: readonly Measured[], { daemonPerHour, monitor }: WatchCost): void {
  const one = (title: string) => monitors.find((measured) => measured.title === title)?.cpu ?? Number.NaN;
  const perHour = (ms: number, intervalSeconds: number) => (ms * 3600) / intervalSeconds;
  const old = vms * perHour(one('ocf:heartbeat:Xen'), 10);
  const rows = {
    'ocf:heartbeat:Xen every 10 s': old,
    'ocf:virt:Xen every 10 s': vms * perHour(one('ocf:virt:Xen native'), 10),
    'ocf:virt:Xen every 60 s, VMWatch':
      vms * perHour(one('ocf:virt:Xen native'), 60) + daemonPerHour + perHour(monitor, 20),
    '  of these, VMWatch': daemonPerHour + perHour(monitor, 20),
  };
  console.log(`\n${vms} VMs of a node, nothing happens        CPU s an hour   ratio`);
  for (const [title, ms] of Object.entries(rows))
    console.log(`${title.padEnd(36)} ${(ms / 1000).toFixed(1).padStart(15)} ${(ms / old).toFixed(3).padStart(7)}`);
}
