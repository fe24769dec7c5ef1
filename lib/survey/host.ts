import { readFileSync } from 'node:fs';
import { freemem, hostname, totalmem } from 'node:os';
import { parseInfo } from '../hypervisor/xen/xl-info.ts';
import { parseDomainList } from '../hypervisor/xen/xl-list.ts';
import type { Deadline } from '../ocf/deadline.ts';
import { version } from '../ocf/version.ts';
import { lastWords, type Runner } from '../system/runner.ts';
import type { SurveyContext } from './sections.ts';

/** The node itself. */
export interface HostFacts {
  readonly hostname: string;
  /** Version of ocf-virt. */
  readonly version: string;
  /** Milliseconds since 1970 by this node's clock, when the question came. */
  readonly timeMs: number;
  readonly hypervisor: HypervisorFacts;
  readonly cpu: CpuFacts;
  /** What `ssh -V` says; undefined when there is no ssh. */
  readonly ssh: string | undefined;
  /** Version of each agent ocf:virt:* that is installed, by its name. */
  readonly agents: Readonly<Record<string, string>>;
}

/** The hypervisor as it speaks of itself. Memory is in MiB. */
export type HypervisorFacts =
  | {
      readonly kind: 'xen';
      /** For example `4.17.7`. */
      readonly version: string;
      readonly totalMiB: number;
      /** What a new domain can have at once. */
      readonly freeMiB: number;
      /** What domain 0 has; undefined when `xl list` does not tell. */
      readonly dom0MiB: number | undefined;
    }
  | { readonly kind: 'vmware'; readonly version: string; readonly totalMiB: number; readonly freeMiB: number }
  /** It is installed and does not answer. */
  | { readonly kind: 'silent'; readonly problem: string }
  | { readonly kind: 'none' };

/** The first processor, as /proc/cpuinfo has it. */
export interface CpuFacts {
  /** For example `GenuineIntel`. */
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly name: string;
  /** Sorted. */
  readonly flags: readonly string[];
  readonly count: number;
}

const agentFolder = '/usr/lib/ocf/resource.d/virt';

/** All that are asked for: a layer below them, the survey cannot ask their registry. */
export const surveyedAgents: readonly string[] = ['Xen', 'VMware', 'MigrationAddress', 'VMWatch'];

export async function hostFacts(_: Record<string, never>, { runner, deadline }: SurveyContext): Promise<HostFacts> {
  const timeMs = Date.now();
  // An answer that is complete but for the hypervisor is worth more than none.
  const soon = deadline.within(deadline.remaining() * 0.8);
  const [hypervisor, ssh, agents] = await Promise.all([
    hypervisorFacts(runner, soon),
    runner.perform('ssh', ['-V'], soon),
    Promise.all(surveyedAgents.map((name) => agentVersion(name, runner, soon))),
  ]);
  return {
    hostname: hostname(),
    version,
    timeMs,
    hypervisor,
    cpu: parseCpu(readFileSync('/proc/cpuinfo', 'utf8')),
    ssh: ssh.outcome === 'exited' && ssh.code === 0 ? ssh.stderr.trim() : undefined,
    agents: Object.fromEntries(agents.flat()),
  };
}

async function hypervisorFacts(runner: Runner, deadline: Deadline): Promise<HypervisorFacts> {
  const info = await runner.perform('xl', ['info'], deadline);
  if (info.outcome === 'missing') return await vmwareFacts(runner, deadline);
  const facts = parseInfo(info.stdout);
  const [totalMiB, freeMiB] = ['total_memory', 'free_memory'].map((key) => Number(facts.get(key)));
  if (info.outcome !== 'exited' || info.code !== 0 || !totalMiB || freeMiB === undefined || Number.isNaN(freeMiB)) {
    return { kind: 'silent', problem: `xl info: ${lastWords(info)}` };
  }
  const list = await runner.perform('xl', ['list', '0'], deadline);
  const domains = list.outcome === 'exited' && list.code === 0 ? parseDomainList(list.stdout) : { problem: '' };
  const dom0 = 'rows' in domains ? domains.rows.find(({ id }) => id === 0) : undefined;
  return { kind: 'xen', version: facts.get('xen_version') ?? '', totalMiB, freeMiB, dom0MiB: dom0?.memoryMiB };
}

async function vmwareFacts(runner: Runner, deadline: Deadline): Promise<HypervisorFacts> {
  const answer = await runner.perform('vmware', ['-v'], deadline);
  if (answer.outcome === 'missing') return { kind: 'none' };
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    return { kind: 'silent', problem: `vmware -v: ${lastWords(answer)}` };
  }
  const mebibytes = (bytes: number) => Math.floor(bytes / 2 ** 20);
  return {
    kind: 'vmware',
    version: answer.stdout.trim(),
    totalMiB: mebibytes(totalmem()),
    freeMiB: mebibytes(freemem()),
  };
}

async function agentVersion(name: string, runner: Runner, deadline: Deadline): Promise<[string, string][]> {
  const answer = await runner.perform(`${agentFolder}/${name}`, ['meta-data'], deadline);
  if (answer.outcome === 'missing') return [];
  const [, found] = /<resource-agent\b[^>]*\sversion="([^"]*)"/.exec(answer.stdout) ?? [];
  return [[name, found ?? `does not run: ${lastWords(answer)}`]];
}

/** Parses /proc/cpuinfo; its first processor stands for all. */
export function parseCpu(cpuinfo: string): CpuFacts {
  const value = (key: string) => new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(cpuinfo)?.[1]?.trim() ?? '';
  return {
    vendor: value('vendor_id'),
    family: Number(value('cpu family')),
    model: Number(value('model')),
    name: value('model name'),
    flags: value('flags').split(/\s+/).filter(Boolean).sort(),
    count: cpuinfo.match(/^processor\s*:/gm)?.length ?? 0,
  };
}
