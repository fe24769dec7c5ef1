import type { World } from '../world.ts';
import { during, type OperationKind } from './kind.ts';

/** Runs a command of the toolstack of a VM where it executes, if it does. */
const whereItRuns = (world: World, vm: string, xen: string, vmware: string) => {
  const host = world.cluster.hostOf(vm);
  return host === undefined ? Promise.resolve() : world.onNode(host, world.scene.xen.includes(vm) ? xen : vmware);
};

/** What happens to guests behind the cluster's back. */
export const guests: Readonly<Record<string, OperationKind>> = {
  /** The VM is gone at once. */
  destroy: {
    weight: 4,
    draw: ({ vm }) => [vm()],
    run: (world, [vm = '']) => whereItRuns(world, vm, `xl destroy ${vm}`, `pkill -KILL -f '[v]mware-vmx.*${vm}'`),
  },
  /** The guest switches itself off. */
  poweroff: {
    weight: 2,
    draw: ({ vm }) => [vm()],
    run: (world, [vm = '']) => whereItRuns(world, vm, `xl shutdown ${vm}`, `pkill -TERM -f '[v]mware-vmx.*${vm}'`),
  },
  reboot: {
    weight: 2,
    draw: ({ xenVm }) => [xenVm()],
    run: (world, [vm = '']) => whereItRuns(world, vm, `xl reboot ${vm}`, ':'),
  },
  /** Somebody pauses it for a while. */
  pause: {
    weight: 1,
    draw: ({ xenVm, seconds }) => [xenVm(), seconds(2, 20)],
    run: async (world, [vm = '', seconds]) => {
      const host = world.cluster.hostOf(vm);
      if (host === undefined) return;
      await during(
        seconds,
        () => world.onNode(host, `xl pause ${vm}`),
        () => world.onNode(host, `xl unpause ${vm}`),
      );
    },
  },
};
