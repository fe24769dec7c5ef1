import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { type Counts, countsOf, median, type Sample, sampleOf } from './sample.ts';
import { preloadAll, type Subject, smallPages } from './subjects.ts';

/** A subject with what its runs took: medians. */
export interface Measured extends Sample, Counts {
  readonly subject: Subject;
  readonly runs: number;
}

/**
 * Measures all subjects in rounds, one run of each in turn, so that what else the machine does hits them alike. One that
 * takes long, because it sleeps, has fewer runs.
 *
 * @param patienceMs how long the runs of one subject may take together.
 * @throws Error when an action ends with another exit code than it must.
 */
export async function measureAgents(
  folder: string,
  subjects: readonly Subject[],
  rounds: number,
  patienceMs: number,
): Promise<readonly Measured[]> {
  return withHostd(folder, async () => {
    const measured: { subject: Subject; counts: Counts; every: number; samples: Sample[] }[] = [];
    for (const subject of subjects) {
      const { wallMs } = await once(folder, subject);
      await prepare(subject);
      const counts = await countsOf(folder, subject);
      const runs = Math.min(rounds, Math.max(3, patienceMs / wallMs));
      measured.push({ subject, counts, every: Math.ceil(rounds / runs), samples: [] });
    }
    for (let round = 0; round < rounds; round += 1) {
      // Once would do on a host. A virtual machine may have to give back memory that was not used for half a minute (DAMON), and
      // then the executable comes back page by page between two rounds.
      await preloadAll(folder);
      for (const { subject } of measured.filter(({ subject: { title } }) => title === smallPages))
        await once(folder, subject);
      for (const { subject, every, samples } of measured) {
        if (round % every === 0) samples.push(await once(folder, subject));
      }
    }
    return measured.map(({ subject, counts, samples }) => {
      const middle = (field: 'wallMs' | 'cpuMs' | 'rssMiB') => median(samples.map((sample) => sample[field]));
      return {
        ...{ subject, ...counts, runs: samples.length, code: subject.code },
        ...{ wallMs: middle('wallMs'), cpuMs: middle('cpuMs'), rssMiB: middle('rssMiB') },
      };
    });
  });
}

/** Does something while a vmware-hostd lives, for agents that look for that process. */
export async function withHostd<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const hostd = execa(join(folder, 'tools/vmware-hostd'), { reject: false, stdio: 'ignore' });
  try {
    return await work();
  } finally {
    hostd.kill();
  }
}

async function once(folder: string, subject: Subject): Promise<Sample> {
  await prepare(subject);
  const sample = await sampleOf(folder, subject);
  if (sample.code === subject.code) return sample;
  const { command, env } = subject;
  await prepare(subject);
  const again = await execa(command[0] ?? '', command.slice(1), { env, extendEnv: false, reject: false, all: true });
  throw new Error(`${subject.title} ${subject.action} ended with ${sample.code}, not ${subject.code}:\n${again.all}`);
}

/** Puts the VM of the stubs into the state that the action begins with. */
export async function prepare({ from, env }: Subject): Promise<void> {
  const state = env['BENCH_STATE'] ?? '';
  if (from === 'running') await writeFile(state, 'on');
  else await rm(state, { force: true });
}

/** The programs of a run, for people: names with how often each was executed. */
export function programList(programs: readonly string[]): string {
  const names = programs.map((program) => basename(program));
  return [...new Set(names)]
    .map((name) => ({ name, times: names.filter((other) => other === name).length }))
    .map(({ name, times }) => (times === 1 ? name : `${times} ${name}`))
    .join(', ');
}
