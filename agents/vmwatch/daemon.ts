import { type FSWatcher, watch } from 'node:fs';
import { hostname } from 'node:os';
import type { Host } from '../../lib/agent/host.ts';
import { readParameters } from '../../lib/agent/parameter.ts';
import { readCib } from '../../lib/cluster/cib.ts';
import { concernOf, tellOfFailure } from '../../lib/cluster/death-notice.ts';
import { ownNodeName } from '../../lib/cluster/self.ts';
import { writeEvent } from '../../lib/history/write.ts';
import { watchXenstore } from '../../lib/hypervisor/xen/xenstore-watch.ts';
import { readEnvironment } from '../../lib/ocf/environment.ts';
import { markedResources } from '../../lib/system/action-mark.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { lineLog } from '../../lib/system/log.ts';
import { fileMemory } from '../../lib/system/memory.ts';
import { lives } from '../../lib/system/process-identity.ts';
import { judgeOf, type World } from './judge.ts';
import { knownVm, knownVms } from './known-vms.ts';
import { parameters } from './parameters.ts';
import { noteListener, removePidFile, takePidFile } from './pid-file.ts';
import { serveReports } from './report.ts';
import { lookerOf } from './sight.ts';

/** How often all VMs are looked at without any reason, in milliseconds: a lost announcement costs no more than that. */
const regularMs = 30_000;

/**
 * How often the processes of VMs of VMware are looked for, in milliseconds. Nothing announces their end to a program that
 * is not their parent, but asking /proc for one takes some 10 microseconds.
 */
const processLookMs = 500;

/** Watches the VMs of this node until it is told to end. Does nothing when another daemon does so already. */
export async function runDaemon(host: Host): Promise<void> {
  const { runFolder } = host;
  const log = lineLog((line) => host.err(`${new Date().toISOString()} ${line}`));
  if (!takePidFile(runFolder)) {
    log.warn('another daemon watches the VMs of this node');
    return;
  }
  const { tell_cluster } = readParameters(parameters, readEnvironment('start', host.env).parameters).values;
  // What Pacemaker handed to the start of this daemon is nobody's business but its own.
  for (const name of Object.keys(process.env)) if (name.startsWith('OCF_')) delete process.env[name];

  const looker = lookerOf({
    listDomains: () => host.runner.perform('xl', ['list'], fromNow(10_000, host.clock)),
    processes: host.processes,
  });
  let count = 0;
  const known = () => {
    const vms = knownVms(runFolder);
    count = vms.length;
    return vms;
  };
  let nodeName: string | undefined;
  const node = () => {
    nodeName ??= ownNodeName(host.runner, fromNow(5000, host.clock));
    return nodeName;
  };
  const world: World = {
    known,
    knownStill: (vm) => knownVm(vm, runFolder),
    look: looker.look,
    marks: () => markedResources(runFolder),
    concern: async ({ resource }) => {
      const name = node();
      return name === undefined ? 'unknown' : concernOf(resource, name, host.runner, fromNow(10_000, host.clock));
    },
    crashIsFailure: async ({ resource }) => {
      try {
        const { resources } = await readCib(host.runner, fromNow(10_000, host.clock));
        const value = resources.find(({ id }) => id === resource)?.parameters['crash_is_failure'];
        return value === undefined || /^(yes|true|1|ja|on)$/i.test(value);
      } catch {
        return undefined;
      }
    },
    tell: async ({ resource }, why) => {
      log.warn(`${resource} has died: ${why}`);
      const name = node();
      if (!tell_cluster) return 'not to be told';
      if (name === undefined) return 'failed';
      const problem = await tellOfFailure(resource, name, host.runner, fromNow(10_000, host.clock));
      if (problem !== undefined) log.warn(`the cluster could not be told of the death of ${resource}: ${problem}`);
      return problem === undefined ? 'told' : 'failed';
    },
    rememberId: (vm, id) => {
      if (vm.kind === 'Xen') fileMemory(`Xen-${vm.resource}`, runFolder).write({ ...vm.facts, id });
    },
    record: ({ resource }, event) =>
      writeEvent(host.logFolder, { node: nodeName ?? hostname(), vm: resource, ...event }),
    clock: host.clock,
  };

  let wake = () => {};
  let isDue = true;
  const somethingHappened = () => {
    isDue = true;
    wake();
  };
  const xenstore = watchXenstore(somethingHappened, (listener) => noteListener(runFolder, listener));
  const folder = watchFolder(runFolder, somethingHappened);
  let ticker: NodeJS.Timeout | undefined;
  /** A node without VMs of VMware has no processes to look after. */
  const tickWhereNeeded = () => {
    clearInterval(ticker);
    if (looker.vmwareProcesses().length === 0) return;
    ticker = setInterval(() => {
      if (!looker.vmwareProcesses().every((one) => lives(one))) somethingHappened();
    }, processLookMs);
  };
  const server = serveReports(runFolder, () => ({ pid: process.pid, xen: xenstore.hearing(), vms: count }));
  const end = () => {
    xenstore.end();
    folder?.close();
    clearInterval(ticker);
    server.close();
    removePidFile(runFolder);
    process.exit(0);
  };
  process.once('SIGTERM', end).once('SIGINT', end);

  const round = judgeOf(world);
  for (;;) {
    isDue = false;
    let pause: number | undefined;
    try {
      pause = await round();
    } catch (error) {
      log.warn(`a look at the VMs failed: ${error instanceof Error ? error.message : error}`);
    }
    tickWhereNeeded();
    if (!isDue) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause ?? regularMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Says when an agent remembered or forgot a VM; without inotify only the regular looks find that out. */
function watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_, file) => {
      if (file !== null && /^(Xen|VMware)-.*\.json$/.test(file)) onChange();
    });
    watcher.on('error', () => {});
    return watcher;
  } catch {
    return undefined;
  }
}
