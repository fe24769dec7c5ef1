import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { startCluster } from './cluster.ts';
import { waitUntil } from './wait-until.ts';

const folderOf = (name: string) => join(tmpdir(), `ocf-virt-cluster-${name}`);

/** Starts a cluster of one node in a program of its own, and returns when it is up. */
async function startElsewhere(name: string) {
  const script = `const { startCluster } = await import(${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))});
    await startCluster({ name: ${JSON.stringify(name)}, nodes: 1 });
    console.log('up');
    setInterval(() => {}, 1000);`;
  const program = execa('node', ['--import', 'tsx', '--input-type=module', '--eval', script], { reject: false });
  await new Promise((resolve, reject) => {
    program.stdout.on('data', (text) => String(text).includes('up') && resolve(undefined));
    program.once('exit', () => program.then(({ stderr }) => reject(new Error(stderr))));
  });
  return { kill: (signal: NodeJS.Signals) => program.kill(signal), ended: program };
}

it('two clusters run side by side, and a name that is in use is refused', async () => {
  const [one, other] = await Promise.all([
    startCluster({ name: 'side-a', nodes: 2, tokenMs: 1500 }),
    startCluster({ name: 'side-b', nodes: 1 }),
  ]);
  try {
    await expect(startCluster({ name: 'side-b', nodes: 1 })).rejects.toThrow('runs already');
    expect((await one.status())?.nodes.map(({ name }) => name)).toEqual(['node1', 'node2']);
    expect((await other.status())?.nodes.map(({ name }) => name)).toEqual(['node1']);
    // Names and addresses of both networks are known to ssh.
    for (const host of ['node2', '10.89.0.12', '10.89.1.12']) {
      expect(await one.node('node1').run(['ssh', '-o', 'BatchMode=yes', host, 'hostname'])).toBe('node2\n');
    }
    expect(await one.node('node1').exec(['sleep', '5'], { timeout: 300 })).toMatchObject({ code: 124 });
    expect(await one.node('node1').run(['cat'], { input: 'text' })).toBe('text');
    await one.node('node2').stop();
    await one.waitOnline(1);
    await one.node('node2').boot();
    await one.waitOnline(2);
    expect(one.fencedLog()).toEqual([]);
  } finally {
    await Promise.all([one.down(), other.down()]);
  }
  expect([existsSync(folderOf('side-a')), existsSync(folderOf('side-b'))]).toEqual([false, false]);
});

it('SIGTERM leaves nothing behind, and what SIGKILL leaves the next run clears away', async () => {
  const ended = await startElsewhere('ended');
  ended.kill('SIGTERM');
  await ended.ended;
  expect([existsSync(folderOf('ended')), existsSync(`${folderOf('ended')}.owner`)]).toEqual([false, false]);

  const killed = await startElsewhere('ended');
  killed.kill('SIGKILL');
  await killed.ended;
  await waitUntil('the nodes of a killed program die with it', 5, async () => {
    const { stdout } = await execa('ps', ['-eo', 'args']);
    return !stdout.includes(`node-init.sh node1 1 ${folderOf('ended')}`);
  });
  const next = await startCluster({ name: 'ended', nodes: 1 });
  expect((await next.status())?.quorum).toBe(true);
  await next.down();
  const { stdout } = await execa('mount');
  expect(stdout).not.toContain(folderOf('ended'));
});
