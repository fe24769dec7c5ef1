import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { compile } from '../../build/native.ts';
import { drop, preload, serviceEnvironment } from '../support/service-files.ts';
import type { Run } from './sample.ts';

/** An action of an agent, from a VM that runs, or does not, to the exit code that it must have. */
export interface Subject extends Run {
  /** What it is compared with others of. */
  readonly group: string;
  readonly action: string;
  readonly title: string;
  readonly from: 'running' | 'stopped';
  readonly code: number;
}

export const vm = 'bench-vm';

const peers = '/usr/lib/ocf/resource.d';

/** Compiles the stubs into `folder/tools`, `sample` into the folder, and copies what was built to `folder/installed`. */
export async function install(folder: string, tools: string): Promise<void> {
  const compileC = (source: string, target: string) =>
    execa('cc', ['-O2', '-o', target, join(import.meta.dirname, source)]);
  await compileC('sample.c', join(folder, 'sample'));
  await compileC('xl.c', join(tools, 'xl'));
  await compileC('vim-cmd.c', join(tools, 'vmware-vim-cmd'));
  await compileC('virsh.c', join(tools, 'virsh'));
  await compileC('xenstore-watch.c', join(tools, 'xenstore-watch'));
  for (const name of ['ssh', 'cibadmin']) await symlink('xl', join(tools, name));
  await symlink('vmware-vim-cmd', join(tools, 'vmware-hostd'));
  await cp('dist', join(folder, 'installed'), { recursive: true, verbatimSymlinks: true });
}

/**
 * Copies the native form once more, into memory in small pages.
 *
 * @throws Error when the folder is on a file system from whose memory nothing can be dropped, such as tmpfs.
 */
export async function installInSmallPages(folder: string): Promise<void> {
  const copy = join(folder, 'installed/small-pages');
  await cp('dist/native', copy, { recursive: true, verbatimSymlinks: true });
  const executable = join(copy, 'usr/bin/ocf-virt');
  await execa('sh', ['-c', drop(executable).join(' && ')]);
  const { stdout } = await execa('fincore', ['-nbo', 'RES', executable]);
  if (Number(stdout) > 0) throw new Error(`${executable} stays in memory: the bench wants a folder on a disk`);
}

/** Does what ocf-virt-preload.service does when Pacemaker starts to all that has the native runtime, but for that copy. */
export async function preloadAll(folder: string): Promise<void> {
  for (const file of ['installed/native/usr/bin/ocf-virt', ...bareRuntimes])
    await execa('sh', ['-c', preload(join(folder, file)).join(' && ')]);
}

/** Where an agent of a form is installed; `small-pages` is the native one whose pages come into memory as actions need them. */
export const installed = (folder: string, form: 'native' | 'node' | 'small-pages', agent: string) =>
  join(folder, 'installed', form, 'usr/lib/ocf/resource.d/virt', agent);

/** The environment of every run, as the packages set it for Pacemaker, with the stubs before the programs of the machine. */
export function environment(folder: string, tools: string): Record<string, string> {
  return {
    PATH: `${tools}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: '/root',
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESKEY_CRM_meta_timeout: '60000',
    ...Object.fromEntries(serviceEnvironment().map((setting) => setting.split('=', 2))),
    BENCH_STATE: join(folder, 'state'),
    BENCH_VM: vm,
    BENCH_VMX: join(folder, 'vm.vmx'),
  };
}

interface Step {
  readonly action: string;
  /** What the agent is called with, where that is not the action. */
  readonly word?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly from: Subject['from'];
  readonly code?: number;
}

const recurring = { OCF_RESKEY_CRM_meta_interval: '10000' };

const steps: readonly Step[] = [
  { action: 'monitor', env: recurring, from: 'running' },
  { action: 'probe', word: 'monitor', from: 'stopped', code: 7 },
  { action: 'start', from: 'stopped' },
  { action: 'stop', from: 'running' },
  { action: 'migrate_to', from: 'running', env: { OCF_RESKEY_CRM_meta_migrate_target: 'node2' } },
  { action: 'migrate_from', from: 'running', env: { OCF_RESKEY_CRM_meta_migrate_source: 'node2' } },
  { action: 'meta-data', from: 'running' },
];

const ofOneNode = steps.filter(({ action }) => !action.startsWith('migrate'));

/** What is measured without ocf-virt-preload.service. */
export const smallPages = 'ocf:virt:Xen, in small pages';

/** All that is measured, of every agent that is installed. */
export async function subjectsOf(folder: string, tools: string): Promise<readonly Subject[]> {
  const base = environment(folder, tools);
  await writeFile(join(folder, 'vm.cfg'), `name = "${vm}"\n`);
  await writeFile(join(folder, 'vm.xml'), `<domain>\n  <name>${vm}</name>\n</domain>\n`);
  await writeFile(join(folder, 'vm.vmx'), 'displayName = "vm01"\nmsg.autoAnswer = "TRUE"\nuuid.action = "keep"\n');
  const agent = (group: string, title: string, file: string, env: Record<string, string>, its = steps): Subject[] =>
    its.map(({ action, word = action, from, code = 0, ...step }) => ({
      ...{ group, action, title, from, code },
      command: [file, word],
      // A resource of its own for each: what a monitor remembers must not be forgotten by the stop of another round.
      env: { ...base, OCF_RESOURCE_INSTANCE: `${title}-${action}`.replace(/\W+/g, '-'), ...env, ...step.env },
    }));
  const ofXen = { OCF_RESKEY_xmfile: join(folder, 'vm.cfg'), OCF_RESKEY_name: vm };
  const ofLibvirt = { OCF_RESKEY_config: join(folder, 'vm.xml'), OCF_RESKEY_hypervisor: 'xen:///system' };
  const ofVmware = { OCF_RESKEY_vmxpath: join(folder, 'vm.vmx'), OCF_RESKEY_vimshbin: join(tools, 'vmware-vim-cmd') };
  // What the runtime does by itself.
  const unset = { BUN_JSC_useJIT: '1' };
  const inSmallPages = installed(folder, 'small-pages', 'Xen');
  const ofDummy = { OCF_RESKEY_state: base['BENCH_STATE'] ?? '' };
  return [
    ...(await floors(folder, tools)),
    ...agent('Xen', 'ocf:heartbeat:Xen', `${peers}/heartbeat/Xen`, ofXen),
    ...agent('Xen', 'ocf:heartbeat:VirtualDomain', `${peers}/heartbeat/VirtualDomain`, ofLibvirt, ofOneNode),
    ...agent('Xen', 'ocf:pacemaker:Dummy', `${peers}/pacemaker/Dummy`, ofDummy),
    ...agent('Xen', 'ocf:virt:Xen', installed(folder, 'native', 'Xen'), ofXen),
    ...agent('Xen', 'ocf:virt:Xen, node form', installed(folder, 'node', 'Xen'), ofXen),
    ...agent('Xen', smallPages, inSmallPages, ofXen, steps.slice(0, 1)),
    ...agent('Xen', `${smallPages}, without the setting`, inSmallPages, { ...ofXen, ...unset }, steps.slice(0, 1)),
    ...agent('VMware', 'ocf:heartbeat:vmware', `${peers}/heartbeat/vmware`, ofVmware, ofOneNode),
    ...agent('VMware', 'ocf:virt:VMware', installed(folder, 'native', 'VMware'), ofVmware, ofOneNode),
    ...agent('VMware', 'ocf:virt:VMware, node form', installed(folder, 'node', 'VMware'), ofVmware, ofOneNode),
  ];
}

export const floorTitles = {
  exec: 'one exec of the stub',
  shell: 'dash and one exec',
  runtime: 'bare native runtime',
  runtimeAndExec: 'bare native runtime and one exec',
} as const;

/** Executables that have the native runtime and next to nothing else. */
const bareRuntimes = ['empty', 'exec'] as const;

/** What nothing that runs one program in this shell, or in this runtime, can be faster than. */
async function floors(folder: string, tools: string): Promise<readonly Subject[]> {
  const stub = [join(tools, 'xl'), 'list', vm];
  const programs: Record<(typeof bareRuntimes)[number], string> = {
    empty: 'process.exit(0);\n',
    // With what the agents cannot do without: both outputs, a limit of time and one of output.
    exec: `const { exitCode } = Bun.spawnSync(${JSON.stringify(stub)}, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe',
  timeout: 60_000, killSignal: 'SIGKILL', maxBuffer: 1 << 20 });
process.exit(exitCode);\n`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, `${name}.cjs`), text);
    await compile({ bundle: join(folder, `${name}.cjs`), outfile: join(folder, `${name}.compiled`) });
    await cp(join(folder, `${name}.compiled`), join(folder, name));
  }
  const commands = {
    [floorTitles.exec]: stub,
    [floorTitles.shell]: ['/bin/dash', '-c', `${stub.join(' ')} >/dev/null; exit $?`],
    [floorTitles.runtime]: [join(folder, 'empty')],
    [floorTitles.runtimeAndExec]: [join(folder, 'exec')],
  };
  return Object.entries(commands).map(([title, command]) => ({
    ...{ group: 'floor', action: 'monitor', title, command, from: 'running', code: 0 },
    env: environment(folder, tools),
  }));
}
