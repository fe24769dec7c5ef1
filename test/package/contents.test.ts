import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agents } from '../../agents/index.ts';
import { buildSim } from '../sim/build.ts';

const folder = resolve('dist/packages');
const files = readdirSync(folder);
const fileOf = (pattern: RegExp) => {
  const file = files.find((name) => pattern.test(name));
  if (file === undefined) throw new Error(`no ${pattern} in ${folder}: npm run package`);
  return join(folder, file);
};
const debs = files.filter((name) => name.endsWith('.deb'));
const rpm = fileOf(/\.rpm$/);

/** Where a package was unpacked, by its architecture. */
const roots: Record<'amd64' | 'arm64' | 'all', string> = { amd64: '', arm64: '', all: '' };
let work: string;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'ocf-virt-contents-'));
  for (const architecture of ['amd64', 'arm64', 'all'] as const) {
    roots[architecture] = join(work, architecture);
    await execa('dpkg-deb', ['-x', fileOf(new RegExp(`_${architecture}\\.deb$`)), roots[architecture]]);
  }
});
afterAll(() => rmSync(work, { recursive: true }));

const zcat = async (file: string) => (await execa('zcat', [file])).stdout;

it.each(debs)(
  'lintian has nothing to say against %s that an override with a comment does not explain',
  async (name) => {
    const strict = ['--allow-root', '--display-info', '--pedantic', '--display-experimental', '--fail-on', 'none'];
    // An override that nothing needs any more is among what it says.
    const { stdout } = await execa('lintian', [...strict, join(folder, name)]);
    expect(stdout).toBe('');
    const root = roots[/_(amd64|arm64|all)\.deb$/.exec(name)?.[1] as keyof typeof roots];
    const overrides = readFileSync(join(root, 'usr/share/lintian/overrides', name.split('_')[0] ?? ''), 'utf8');
    const lines = overrides.trim().split('\n');
    expect(lines[0]).toMatch(/^# /);
    expect(
      lines.filter((line) => !line.startsWith('#')).every((line) => line.startsWith(`${name.split('_')[0]}: `)),
    ).toBe(true);
  },
);

it('rpmlint has nothing to say against the RPM that its configuration does not explain', async () => {
  const { stdout } = await execa('rpmlint', ['--config', 'packaging/files/rpmlint.toml', rpm], { reject: false });
  expect(stdout).toContain('0 errors, 0 warnings, 0 badness');
});

describe('manual pages', () => {
  const pages = ['man1/ocf-virt.1', ...Object.keys(agents).map((name) => `man7/ocf_virt_${name}.7`)];

  it.each(pages)('%s pleases mandoc and man', async (page) => {
    const input = await zcat(join(roots.amd64, 'usr/share/man', `${page}.gz`));
    const mandoc = await execa('mandoc', ['-T', 'lint'], { input, reject: false });
    // Pages that are not installed on this machine are all that it may miss.
    const complaints = mandoc.stdout.split('\n').filter((line) => !/^$|referenced manual not found/.test(line));
    expect(complaints).toEqual([]);
    const man = await execa('man', ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', '-'], { input });
    expect(man.stderr).toBe('');
  });

  it('ocf-virt(1) has every command that the help has', async () => {
    const { stdout: help } = await execa(join(roots.amd64, 'usr/bin/ocf-virt'), ['--help']);
    const commands = [...(help.split('Options:')[0] ?? '').matchAll(/^ {2}ocf-virt (\S+)/gm)].map(([, name]) => name);
    const page = await zcat(join(roots.amd64, 'usr/share/man/man1/ocf-virt.1.gz'));
    const plain = page.replaceAll('\\-', '-');
    expect(commands.length).toBeGreaterThan(2);
    for (const name of commands) expect(plain).toContain(`.Ss ${name}`);
  });

  it.each(Object.keys(agents))('ocf_virt_%s(7) has every parameter, action and state', async (name) => {
    const agent = await agents[name]?.();
    const page = await zcat(join(roots.amd64, `usr/share/man/man7/ocf_virt_${name}.7.gz`));
    for (const parameter of Object.keys(agent?.parameters ?? {})) expect(page).toContain(`.It Va ${parameter}\n`);
    for (const { name: action } of agent?.actions ?? []) {
      expect(page).toContain(`.It Cm ${action.replaceAll('-', '\\-')}\n`);
    }
    for (const state of Object.keys(agent?.states ?? {})) {
      expect(page).toContain(`.It Sy "${state.replaceAll('-', '\\-')}"\n`);
    }
  });
});

describe('the executable', () => {
  it.each(['amd64', 'arm64'] as const)(
    'for %s needs the C library alone, and no newer one than is declared',
    async (architecture) => {
      const executable = join(roots[architecture], 'usr/bin/ocf-virt');
      const { stdout: header } = await execa('readelf', ['--file-header', executable]);
      expect(header).toContain(architecture === 'amd64' ? 'X86-64' : 'AArch64');
      const { stdout: dynamic } = await execa('readelf', ['--dynamic', executable]);
      const needed = [...dynamic.matchAll(/Shared library: \[(.*)\]/g)].map(([, library]) => library);
      expect(needed.filter((library) => !/^(libc|libm|libdl|libpthread|ld-linux-.*)\.so/.test(library ?? ''))).toEqual(
        [],
      );
      const { stdout: versions } = await execa('readelf', ['--version-info', executable]);
      const newest = Math.max(...[...versions.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)));
      const { stdout: depends } = await execa('dpkg-deb', [
        '-f',
        fileOf(new RegExp(`_${architecture}\\.deb$`)),
        'Depends',
      ]);
      expect(depends).toBe(`libc6 (>= 2.${newest})`);
    },
  );

  it('for arm64 runs on an emulated machine: command, meta-data and a monitor', async () => {
    const simulator = resolve(await buildSim('.cache/sim'), '..');
    const agent = join(roots.arm64, 'usr/lib/ocf/resource.d/virt/Xen');
    const emulated = (args: readonly string[], env: Record<string, string> = {}) =>
      execa('qemu-aarch64', ['-L', '/usr/aarch64-linux-gnu', '-0', agent, agent, ...args], { env, reject: false });
    const native = join(roots.amd64, 'usr/lib/ocf/resource.d/virt/Xen');
    expect((await emulated(['meta-data'])).stdout).toBe((await execa(native, ['meta-data'])).stdout);
    const state = join(work, 'sim');
    const monitor = await emulated(['monitor'], {
      ...{ OCF_ROOT: '/usr/lib/ocf', OCF_RESOURCE_INSTANCE: 'emulated', OCF_RESKEY_CRM_meta_interval: '10000' },
      ...{ OCF_RESKEY_xmfile: '/nowhere/emulated.cfg', OCF_RESKEY_name: 'emulated' },
      ...{ PATH: `${simulator}:/usr/bin:/bin`, OCF_VIRT_SIM_DIR: state },
    });
    expect([monitor.exitCode, monitor.stderr]).toEqual([7, '']);
  });
});

describe('completion', () => {
  it('in bash knows commands and the names of agents', async () => {
    const script = `PATH=${roots.amd64}/usr/bin:$PATH
      . ${roots.amd64}/usr/share/bash-completion/completions/ocf-virt
      complete -p ocf-virt
      COMP_WORDS=(ocf-virt desc) COMP_CWORD=1; _ocf-virt_yargs_completions; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(ocf-virt describe X) COMP_CWORD=2; _ocf-virt_yargs_completions; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await execa('bash', ['-c', script]);
    expect(stdout.split('\n').slice(1)).toEqual(['describe', 'Xen']);
  });

  it('in zsh is found by compinit and asks ocf-virt', async () => {
    const functions = join(roots.amd64, 'usr/share/zsh/vendor-completions');
    const script = `fpath=(${functions} $fpath); autoload -Uz compinit && compinit -u -D
      echo $_comps[ocf-virt]; autoload -Uz +X _ocf-virt && echo loaded`;
    const { stdout } = await execa('zsh', ['-f', '-c', script]);
    expect(stdout.split('\n')).toEqual(['_ocf-virt', 'loaded']);
  });
});

describe('the RPM', () => {
  const query = async (...args: string[]) => (await execa('rpm', ['-qp', ...args, rpm])).stdout;

  it('has no scriptlet, and asks for nothing but the C library', async () => {
    expect(await query('--scripts', '--triggers', '--filetriggers')).toBe('');
    const requires = (await query('--requires')).split('\n');
    expect(
      requires.filter((line) => !/^(rpmlib\(|(libc|libm|libdl|libpthread|ld-linux-x86-64)\.so)/.test(line)),
    ).toEqual([]);
  });

  it('holds what the .deb holds, where RPM distributions have it', async () => {
    const unpacked = join(work, 'rpm');
    await execa('sh', ['-c', `mkdir ${unpacked} && cd ${unpacked} && rpm2cpio ${rpm} | cpio -idm --quiet`]);
    const deb = filesBelow(roots.amd64).map((file) =>
      file
        .replace('zsh/vendor-completions', 'zsh/site-functions')
        .replace('doc/ocf-virt/changelog.gz', 'doc/ocf-virt/CHANGELOG.md')
        .replace('doc/ocf-virt/copyright', 'licenses/ocf-virt/LICENSE'),
    );
    const common = ['Apache-2.0', 'LGPL-2', 'LGPL-2.1'].map((name) => `usr/share/licenses/ocf-virt/${name}`);
    const expected = [...deb.filter((file) => !file.includes('lintian')), ...common].sort();
    expect(filesBelow(unpacked)).toEqual(expected);
    expect((await query('--list')).split('\n')).toEqual(expect.arrayContaining(expected.map((file) => `/${file}`)));
    for (const file of ['usr/bin/ocf-virt', 'usr/lib/systemd/system/pacemaker.service.d/ocf-virt.conf']) {
      expect(hashOf(join(unpacked, file))).toBe(hashOf(join(roots.amd64, file)));
    }
    const { stdout } = await execa(join(unpacked, 'usr/lib/ocf/resource.d/virt/VMware'), ['meta-data']);
    expect(stdout).toContain('<resource-agent name="VMware"');
  });
});

it('each tarball unpacks to what its name says, and SHA256SUMS is right for all files', async () => {
  const { stdout } = await execa('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: folder });
  expect(stdout).toBe('');
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n')).toHaveLength(files.length - 1);
  for (const name of files.filter((one) => one.endsWith('.tar.gz'))) {
    const list = (await execa('tar', ['-tvzf', join(folder, name)])).stdout;
    expect(list).toMatch(/ -?rwxr-xr-x|usr\/bin\/ocf-virt/);
    expect(list).not.toMatch(/^(?!.{10} 0\/0 )/m);
    expect(list).toMatch(/usr\/lib\/ocf\/resource\.d\/virt\/Xen/);
  }
});

describe('whose work is in it', () => {
  const bundled = ['execa', 'yargs', 'xml2js'];

  it.each(['amd64', 'arm64', 'all'] as const)(
    'the bill of materials of %s names every component, with version, licence and hash',
    (architecture) => {
      const doc = join(roots[architecture], 'usr/share/doc', architecture === 'all' ? 'ocf-virt-node' : 'ocf-virt');
      const bill = JSON.parse(readFileSync(join(doc, 'sbom.cdx.json'), 'utf8'));
      expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
      const names: string[] = bill.components.map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining(bundled));
      expect(names.filter((name) => name.startsWith('@oven/')).length).toBe(architecture === 'all' ? 0 : 1);
      for (const component of bill.components) {
        expect(component).toMatchObject({
          version: expect.stringMatching(/^\d+\./),
          licenses: [{ expression: expect.stringMatching(/\w/) }],
          hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
        });
      }
      // What no longer is a component must not be named, and every component's licence is told.
      const licences = readFileSync(join(doc, 'copyright'), 'utf8');
      for (const { name, version } of bill.components) expect(licences).toContain(`\n${name} ${version}: `);
    },
  );
});

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
