import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFolder } from './cache.ts';
import { type Host, hostOf } from './host.ts';
import { buildImage } from './image/build-image.ts';
import { powerOff } from './power.ts';
import { phase } from './progress.ts';
import { type Rack, rackFile, readRack } from './rack.ts';

/**
 * Boots two fresh hosts.
 *
 * @throws Error when those of another run are there, or when one does not boot; then nothing is left of them.
 */
export async function startHosts(): Promise<readonly Host[]> {
  const running = readRack();
  if (running !== undefined && isOwned(running)) {
    throw new Error(`the hosts of another run are on: end that one first (process ${running.owner})`);
  }
  await clearAway();
  const image = await buildImage();
  mkdirSync(runFolder, { recursive: true });
  const rack: Rack = {
    owner: process.pid,
    image,
    sockets: mkdtempSync(join(tmpdir(), 'ocf-virt-xen-')),
    sshPorts: { 1: await freePort(), 2: await freePort() },
    networkPort: 20_000 + (process.pid % 20_000) * 2,
  };
  writeFileSync(rackFile, JSON.stringify(rack));
  const hosts = [hostOf(rack, 1), hostOf(rack, 2)];
  try {
    await phase('boot two hosts', async () => {
      for (const host of hosts) await host.powerOn();
      await Promise.all(hosts.map((host) => host.waitUntilUp()));
    });
  } catch (error) {
    await clearAway();
    throw error;
  }
  return hosts;
}

/** Switches the hosts off and removes what belongs to them: those of this run, or those that a killed one has left. */
export async function clearAway(): Promise<void> {
  const rack = readRack();
  if (rack !== undefined) {
    for (const number of [1, 2] as const) await powerOff(rack, number);
    rmSync(rack.sockets, { recursive: true, force: true });
  }
  rmSync(runFolder, { recursive: true, force: true });
}

/** Whether the process that started the hosts lives, and is still a test run. */
function isOwned({ owner }: Rack): boolean {
  try {
    return /test[/]xen|vitest/.test(readFileSync(`/proc/${owner}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
