import { agents } from './agents.ts';
import type { Check } from './check.ts';
import { clocks } from './clocks.ts';
import { cpu } from './cpu.ts';
import { deadlines } from './deadlines.ts';
import { fenceRace } from './fence-race.ts';
import { fencing } from './fencing.ts';
import { hypervisor } from './hypervisor.ts';
import { leftOverMove } from './left-over-move.ts';
import { libvirt } from './libvirt.ts';
import { lvm } from './lvm.ts';
import { maintenance } from './maintenance.ts';
import { memory } from './memory.ts';
import { migrationAddress } from './migration-address.ts';
import { migrationLimit } from './migration-limit.ts';
import { migrationTimeoutCheck } from './migration-timeout.ts';
import { monitor } from './monitor.ts';
import { multipleActive } from './multiple-active.ts';
import { oldAgent } from './old-agent.ts';
import { onFail } from './on-fail.ts';
import { quorum } from './quorum.ts';
import { sameVm } from './same-vm.ts';
import { silentNode } from './silent-node.ts';
import { ssh } from './ssh.ts';
import { startTimeoutCheck } from './start-timeout.ts';
import { stickiness } from './stickiness.ts';
import { utilization } from './utilization.ts';
import { vmBridges } from './vm-bridges.ts';
import { vmConfig } from './vm-config.ts';
import { vmStorage } from './vm-storage.ts';
import { xendomains } from './xendomains.ts';

/** Every check, in the order of the report: the cluster, its nodes, its VMs. */
export const checks: readonly Check[] = [
  fencing,
  fenceRace,
  quorum,
  maintenance,
  migrationLimit,
  utilization,
  silentNode,
  hypervisor,
  agents,
  ssh,
  clocks,
  cpu,
  xendomains,
  libvirt,
  lvm,
  memory,
  sameVm,
  oldAgent,
  vmConfig,
  vmStorage,
  vmBridges,
  migrationAddress,
  migrationTimeoutCheck,
  startTimeoutCheck,
  deadlines,
  monitor,
  onFail,
  stickiness,
  multipleActive,
  leftOverMove,
];
