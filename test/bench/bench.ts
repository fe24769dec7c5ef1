import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildAll } from '../../build/build.ts';

// What one monitor costs, as whole processes, side by side with the old agent: the same xl, a compiled stub, for all.

interface Measured {
  readonly title: string;
  /** Medians of wall time and of CPU time (user and system), in milliseconds. */
  readonly wall: number;
  readonly cpu: number;
}

const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-bench-'));
try {
  await buildAll();
  await execa('cc', ['-O2', '-o', join(folder, 'xl'), 'test/bench/xl.c']);
  await writeFile(join(folder, 'vm01.cfg'), 'name = "vm01"\n');
  const native = join(process.cwd(), 'dist/native/usr/lib/ocf/resource.d/virt/Xen');
  const node = join(process.cwd(), 'dist/node/usr/lib/ocf/resource.d/virt/Xen');
  const old = '/usr/lib/ocf/resource.d/heartbeat/Xen';
  const runs = process.argv.includes('--quick') ? 40 : 200;
  console.log(
    `One monitor of a running domain, ${runs} runs each, on ${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}\n`,
  );
  const measured = await measure(
    {
      'one exec of the stub': `${join(folder, 'xl')} list vm01`,
      'ocf:heartbeat:Xen': `${old} monitor`,
      'ocf:virt:Xen native': `${native} monitor`,
      'ocf:virt:Xen node': `${node} monitor`,
    },
    runs,
  );
  print(measured);
} finally {
  await rm(folder, { recursive: true });
}

/** Runs all commands in rounds, so that what else the machine does hits them alike. */
async function measure(commands: Record<string, string>, runs: number): Promise<Measured[]> {
  const rounds = 10;
  const samples = new Map<string, { wall: number[]; cpu: number[] }>();
  for (let round = 0; round < rounds; round += 1) {
    const file = join(folder, 'hyperfine.json');
    const options = ['-N', '--warmup', '3', '--runs', String(runs / rounds), '--style', 'none', '--export-json', file];
    await execa('hyperfine', [...options, ...Object.values(commands)], {
      env: {
        PATH: `${folder}:${process.env['PATH']}`,
        OCF_ROOT: '/usr/lib/ocf',
        OCF_RESOURCE_INSTANCE: 'vm01',
        OCF_RESKEY_xmfile: join(folder, 'vm01.cfg'),
        OCF_RESKEY_name: 'vm01',
        OCF_RESKEY_CRM_meta_interval: '30000',
        OCF_RESKEY_CRM_meta_timeout: '30000',
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

function print(measured: readonly Measured[]): void {
  const old = measured.find(({ title }) => title === 'ocf:heartbeat:Xen');
  if (old === undefined) throw new Error('the old agent was not measured');
  console.log('                         wall ms   ratio    CPU ms   ratio');
  for (const { title, wall, cpu } of measured) {
    const numbers = [wall, wall / old.wall, cpu, cpu / old.cpu].map((value, index) =>
      value.toFixed(index % 2 === 0 ? 1 : 2).padStart(8),
    );
    console.log(`${title.padEnd(23)} ${numbers.join(' ')}`);
  }
}
