import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Deadline } from '../ocf/deadline.ts';
import { processes } from '../system/process-table.ts';
import { lastWords, type Runner } from '../system/runner.ts';
import { splitWords } from '../system/shell-words.ts';
import type { SurveyContext } from './sections.ts';

/** Services of a node that can get into the cluster's way. */
export interface ServicesFacts {
  readonly xendomains: XendomainsFacts;
  readonly libvirt: LibvirtFacts;
  /** Undefined where LVM is not installed. */
  readonly lvm: LvmFacts | undefined;
}

/** Xen's own service that saves, restores and starts domains with the host. */
export interface XendomainsFacts {
  /** The file with its settings; undefined when there is none. */
  readonly file: string | undefined;
  /** XENDOMAINS_SAVE: where it saves running domains at shutdown; empty when it does not. */
  readonly save: string;
  /** XENDOMAINS_RESTORE: whether it restores them at boot. */
  readonly restore: boolean;
  /** Configuration files that it starts at boot (XENDOMAINS_AUTO), links followed. */
  readonly auto: readonly string[];
  /** What `systemctl is-enabled` says, for example `disabled`; undefined when it does not tell. */
  readonly enabled: string | undefined;
}

export interface LibvirtFacts {
  /** The name of its daemon that runs here, for example `libvirtd`; undefined when none does. */
  readonly daemon: string | undefined;
  /** The domains that it has a definition of. */
  readonly domains: readonly string[];
  /** Why its domains are not known. */
  readonly problem: string | undefined;
}

export interface LvmFacts {
  /** The settings of its section `global` by name, for example `use_lvmlockd` = `1`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly runsLvmlockd: boolean;
  readonly runsClvmd: boolean;
  /** Volume groups that are shared by lvmlockd, or clustered by clvmd. */
  readonly sharedGroups: readonly string[];
  readonly groups: readonly string[];
}

export async function servicesFacts(_: Record<string, never>, context: SurveyContext): Promise<ServicesFacts> {
  const { runner } = context;
  const deadline = context.deadline.within(context.deadline.remaining() * 0.8);
  const programs = new Set(processes().map(({ args }) => basename(args[0] ?? '')));
  const [enabled, libvirt, lvm] = await Promise.all([
    runner.perform('systemctl', ['is-enabled', 'xendomains.service'], deadline),
    libvirtFacts(programs, runner, deadline),
    lvmFacts(programs, runner, deadline),
  ]);
  const word = enabled.outcome === 'exited' ? enabled.stdout.trim() : '';
  return { xendomains: { ...readXendomains(), enabled: word === '' ? undefined : word }, libvirt, lvm };
}

/** Debian has it in the one place, SUSE and Red Hat in the other. */
const xendomainsFiles = ['/etc/default/xendomains', '/etc/sysconfig/xendomains'];

function readXendomains(): Omit<XendomainsFacts, 'enabled'> {
  for (const file of xendomainsFiles) {
    const settings = parseShellSettings(readText(file) ?? '');
    if (settings.size === 0) continue;
    const folder = settings.get('XENDOMAINS_AUTO') ?? '';
    return {
      file,
      save: settings.get('XENDOMAINS_SAVE') ?? '',
      restore: settings.get('XENDOMAINS_RESTORE') === 'true',
      auto: folder === '' ? [] : filesIn(folder),
    };
  }
  return { file: undefined, save: '', restore: false, auto: [] };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return [realpathSync(join(folder, name))];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** The settings `NAME=value` of a file that a shell reads; the last one of a name counts. Nothing is expanded. */
export function parseShellSettings(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    try {
      const [word = ''] = /^\s|^#/.test(value) ? [] : splitWords(value);
      found.set(name, word);
    } catch {
      // A value over several lines: no setting that is asked for has one.
    }
  }
  return found;
}

/** libvirtd, or the daemons that replace it since libvirt 5.6. */
const libvirtDaemons = ['libvirtd', 'virtxend', 'virtqemud', 'virtvboxd', 'virtnetworkd'];

async function libvirtFacts(programs: ReadonlySet<string>, runner: Runner, deadline: Deadline): Promise<LibvirtFacts> {
  const daemon = libvirtDaemons.find((name) => programs.has(name));
  if (daemon === undefined) return { daemon, domains: [], problem: undefined };
  const args = ['--connect', 'xen:///system', '--readonly', 'list', '--all', '--name'];
  const answer = await runner.perform('virsh', args, deadline);
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    return { daemon, domains: [], problem: `virsh list: ${lastWords(answer)}` };
  }
  const domains = answer.stdout.split('\n').filter((name) => name !== '' && name !== 'Domain-0');
  return { daemon, domains, problem: undefined };
}

async function lvmFacts(
  programs: ReadonlySet<string>,
  runner: Runner,
  deadline: Deadline,
): Promise<LvmFacts | undefined> {
  const [settings, groups] = await Promise.all([
    runner.perform('lvmconfig', ['--typeconfig', 'full', 'global'], deadline),
    runner.perform('vgs', ['--noheadings', '--separator=|', '--options', 'vg_name,vg_attr'], deadline),
  ]);
  if (settings.outcome === 'missing' && groups.outcome === 'missing') return undefined;
  const rows = groups.stdout.split('\n').flatMap((line) => {
    const [name = '', attributes = ''] = line.trim().split('|');
    return name === '' ? [] : [{ name, attributes }];
  });
  return {
    settings: parseLvmSettings(settings.stdout),
    runsLvmlockd: programs.has('lvmlockd'),
    runsClvmd: programs.has('clvmd'),
    // The sixth letter: c clustered (clvmd), s shared (lvmlockd).
    sharedGroups: rows.filter(({ attributes }) => /^.{5}[cs]/.test(attributes)).map(({ name }) => name),
    groups: rows.map(({ name }) => name),
  };
}

/** Parses a section as `lvmconfig` prints it: `use_lvmlockd=0`, texts in quotes. */
export function parseLvmSettings(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/^[ \t]*(\w+)=(?:"((?:[^"\\\n]|\\.)*)"|(\S+))[ \t]*$/gm)];
  return Object.fromEntries(pairs.map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']));
}
