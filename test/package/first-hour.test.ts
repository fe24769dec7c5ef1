import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Life } from '../../lib/history/lives.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type RunFolder, takeRunFolder } from '../cluster/run-folder.ts';
import { waitUntil } from '../cluster/wait-until.ts';
import { debian } from '../install/debian-root.ts';
import { buildSim, simTools } from '../sim/build.ts';
import { overlaps, readTruth, recordHostDown } from '../sim/control.ts';
import { fencedBlocks, outputPattern, type Typed, typedCommands } from '../support/documented.ts';

// docs/first-hour.md, followed to the letter: from the package to a report of what happened.

const page = readFileSync('docs/first-hour.md', 'utf8');
const blocks = fencedBlocks(page);
const steps = blocks
  .filter(({ info }) => info === 'console')
  .flatMap(({ text, line }) => typedCommands(text).map((typed) => ({ ...typed, line })));
const nodes = ['node1', 'node2', 'node3'];

/** Only look, and may be too early: whoever follows the page looks again. */
const looks = /^(crm_mon|ocf-virt (where|events|report)) ?/;

let folder: RunFolder;
let cluster: Cluster;
let installation = '';

beforeAll(async () => {
  const simulator = join(await buildSim('.cache/sim'), '..');
  folder = takeRunFolder('first-hour-install');
  const [install] = steps;
  if (install?.node !== 'every-node') throw new Error('the page does not begin with the installation');
  // What it does to a host is done once, and all nodes begin with that.
  const host = await debian('bookworm', folder.path, 'dist/packages', '/');
  const printed = await host.must(`cd /run/packages && ${install.command} 2>&1`);
  installation = `${printed.replaceAll(/\r\n?/g, '\n')}\n`;
  let truth: string | undefined;
  cluster = await startCluster({
    name: 'first-hour',
    nodes: nodes.length,
    tokenMs: 1000,
    root: host.layers,
    install: Object.fromEntries(
      ['ocf-virt-sim', ...simTools].map((tool) => [`/usr/local/sbin/${tool}`, join(simulator, tool)]),
    ),
    atBoot: hostsOfThePage,
    onPowerOff: (node) => {
      if (truth !== undefined) recordHostDown(truth, node);
    },
  });
  truth = join(cluster.sharedFolder, 'truth.jsonl');
});
afterAll(async () => {
  await cluster?.down();
  folder?.remove();
});

/** What the page takes for granted: a disk, a bridge, the boot loader of guests, and xendomains as Debian delivers it. */
const hostsOfThePage = `mkdir -p /run/ocf-virt-sim /dev/cluster_vg /usr/lib/grub-xen /etc/xen
touch /dev/cluster_vg/vm01 /usr/lib/grub-xen/grub-i386-xen_pvh.bin
ip link add br0 type bridge
[ -e /etc/default/xendomains ] || printf 'XENDOMAINS_SAVE=/var/lib/xen/save\\nXENDOMAINS_RESTORE=true\\n' >/etc/default/xendomains
cat >/run/ocf-virt-sim/config.json <<X
{ "host": "$node", "truth": "/shared/truth.jsonl", "faults": "/shared/faults", "ackSeconds": 5 }
X`;

async function follow({ node, command, output, exitCode, line }: Typed & { readonly line: number }): Promise<void> {
  // The kernel is this machine's.
  if (command === 'echo c >/proc/sysrq-trigger') return await cluster.node(node).kill();
  const shown = outputPattern(output);
  let seen = '';
  const look = async () => {
    const { code, stdout, stderr } = await cluster.node(node).exec(['sh', '-c', command], { timeout: 120_000 });
    seen = `(exit code ${code})\n${stdout}${stderr}`;
    return code === exitCode && (output === '' || shown.test(`${stdout}${stderr}`));
  };
  if (await look()) return;
  if (!looks.test(command)) throw new Error(mismatch(line, command, output, seen));
  await waitUntil(mismatch(line, command, output, seen), 90, look, () => seen);
}

const mismatch = (line: number, command: string, output: string, seen: string) =>
  `line ${line} of the page: ${command}\nprints, as the page has it:\n${output}\nand printed:\n${seen}`;

it('apt installs the package as the page shows it', () => {
  expect(installation).toMatch(outputPattern(steps[0]?.output ?? ''));
});

it('each command of the first hour does and prints what the page says', async () => {
  for (const { info, text } of blocks.filter(({ info }) => info.startsWith('file '))) {
    const path = info.slice('file '.length);
    const [first] = nodes;
    await cluster.node(first ?? '').run(['sh', '-c', `mkdir -p ${dirname(path)} && cat >${path}`], { input: text });
  }
  for (const step of steps.slice(1)) await follow(step);
});

it('nothing it prints is wider than a terminal of 80 columns, but commands to copy and reasons', () => {
  const wide = steps.flatMap(({ output }) => output.split('\n').filter((line) => line.length > 80));
  expect(wide.filter((line) => !line.includes('params ') && !line.includes('died: '))).toEqual([]);
});

it('the VM never ran twice, and the report shows its two interruptions', async () => {
  const truth = readTruth(join(cluster.sharedFolder, 'truth.jsonl'));
  expect(overlaps(truth)).toEqual([]);
  expect(cluster.fencedLog().map(({ node }) => node)).toContain('node2');
  const { stdout } = await cluster.node('node1').exec(['ocf-virt', 'report', '--json']);
  const [life] = JSON.parse(stdout).vms as Life[];
  const planned = life?.interruptions.filter((one) => one.planned) ?? [];
  expect(planned.map(({ cause }) => cause)).toEqual(['it was stopped in good order']);
  const unplanned = life?.interruptions.filter(({ planned }) => !planned) ?? [];
  expect(unplanned.map(({ cause }) => cause)).toEqual([
    expect.stringContaining('destroyed from outside'),
    expect.stringContaining('node2 was fenced'),
  ]);
});
