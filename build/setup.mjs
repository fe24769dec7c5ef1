#!/usr/bin/env node
// Makes a fresh clone ready: npm packages always, and the programs that a purpose needs: `test`, `demo`, `chaos`,
// `bench`, `xen`, `package` or `package-tests`.
// Plain JavaScript with no imports beyond Node, because it runs before anything is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** Debian packages by the program, or the file, that shows they are there. */
const programs = {
  corosync: 'corosync',
  pacemakerd: 'pacemaker',
  crm_mon: 'pacemaker-cli-utils',
  crm: 'crmsh',
  pcs: 'pcs',
  'ocf-tester': 'resource-agents',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  ip: 'iproute2',
  unshare: 'util-linux',
  xmllint: 'libxml2-utils',
  mandoc: 'mandoc',
  ps: 'procps',
  bc: 'bc',
  // ocf:heartbeat:Filesystem does nothing without them.
  modprobe: 'kmod',
  fuser: 'psmisc',
};
const forInit = { dnsmasq: 'dnsmasq-base' };
const forBench = {
  fincore: 'util-linux-extra',
  hyperfine: 'hyperfine',
  strace: 'strace',
  cc: 'gcc',
  '/usr/include/stdio.h': 'libc6-dev',
};
const forTest = { chromium: 'chromium' };
const forXen = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  debootstrap: 'debootstrap',
  busybox: 'busybox-static',
  cpio: 'cpio',
  kmod: 'kmod',
  mke2fs: 'e2fsprogs',
};

const forPackages = { 'dpkg-deb': 'dpkg', rpmbuild: 'rpm', xz: 'xz-utils' };
const forPackageTests = {
  lintian: 'lintian',
  rpmlint: 'rpmlint',
  man: 'man-db',
  readelf: 'binutils',
  'qemu-aarch64': 'qemu-user',
  '/usr/aarch64-linux-gnu/lib/libc.so.6': 'libc6-arm64-cross',
  zsh: 'zsh',
  rpm2cpio: 'rpm2cpio',
  cpio: 'cpio',
};
const forInstallTests = { debootstrap: 'debootstrap' };

const needs = {
  test: { ...programs, ...forInit, ...forBench, ...forTest, ...forPackages, ...forPackageTests },
  demo: programs,
  chaos: { ...programs, cc: 'gcc', '/usr/include/stdio.h': 'libc6-dev' },
  bench: { ...programs, ...forBench },
  xen: { ...programs, ...forXen, ...forPackages },
  package: forPackages,
  'package-tests': { ...programs, ...forPackages, ...forPackageTests, ...forInstallTests },
};

installNpmPackages();
const wanted = needs[process.argv[2] ?? ''];
if (wanted !== undefined) installPrograms(wanted);

function installNpmPackages() {
  const installed = 'node_modules/.package-lock.json';
  const fresh = existsSync(installed) && lockedPackages(installed) === lockedPackages('package-lock.json');
  if (fresh) return;
  say('installing the npm packages of package-lock.json');
  // Not `npm ci`, which wants the optional packages of every platform in the lock file, also those that a registry lacks.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Names and versions only: npm writes the two lock files with different details. */
function lockedPackages(file) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.entries(packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.optional)
    .map(([path, entry]) => `${path}@${entry.version}`)
    .sort()
    .join('\n');
}

function installPrograms(wanted) {
  const missing = Object.entries(wanted).filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    fail(
      `these programs are needed and missing: ${missing.map(([program]) => program).join(' ')}\n` +
        `Install the packages (names of Debian): ${packages.join(' ')}\nor run this as root on Debian or Ubuntu.`,
    );
  }
  say(`installing ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages]];
  if (spawnSync(...install, { env, stdio: ['ignore', 'ignore', 'ignore'] }).status === 0) return;
  run('apt-get', ['update', '-q'], env);
  run(...install, env);
}

function onPath(program) {
  if (program.startsWith('/')) return existsSync(program);
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(program, args, env = process.env) {
  try {
    execFileSync(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 });
  } catch (error) {
    fail(`\`${program} ${args.join(' ')}\` failed:\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
  }
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`setup: ${text}\n`);
  process.exit(1);
}
