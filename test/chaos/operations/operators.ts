import type { World } from '../world.ts';
import { during, type OperationKind } from './kind.ts';

/** A command of the operator, on a node that works. */
const operator = async (world: World, command: string, seconds?: number) => {
  const { code, stdout, stderr } = await world.onNode(world.operator().name, command, seconds);
  if (code === 0) return;
  const [words = ''] = `${stdout}${stderr}`.trim().split('\n').slice(-1);
  throw new Error(`${command.slice(0, 40)}: ${code} ${words.slice(0, 120)}`);
};

/** What people do to a cluster. */
export const operators: Readonly<Record<string, OperationKind>> = {
  move: {
    weight: 8,
    draw: ({ vm, node }) => [vm(), node()],
    run: (world, [vm = '', node = '']) => operator(world, `crm resource move ${vm} ${node} force`),
  },
  ban: {
    weight: 2,
    draw: ({ vm, node }) => [vm(), node()],
    run: (world, [vm = '', node = '']) => operator(world, `crm resource ban ${vm} ${node}`),
  },
  clear: {
    weight: 3,
    draw: ({ vm }) => [vm()],
    run: (world, [vm = '']) => operator(world, `crm_resource --clear --resource ${vm}`),
  },
  /** With this project's command, which may be in the middle of its work when something else happens. */
  migrate: {
    weight: 4,
    draw: ({ vm, node }) => [vm(), node()],
    run: (world, [vm = '', node = '']) => operator(world, `ocf-virt migrate ${vm} ${node} --wait 60`, 90),
  },
  drain: {
    weight: 2,
    draw: ({ node }) => [node()],
    run: (world, [node = '']) => operator(world, `ocf-virt drain ${node} --wait 60`, 90),
  },
  standby: {
    weight: 4,
    draw: ({ node, seconds }) => [node(), seconds(1, 25)],
    run: (world, [node = '', seconds]) =>
      during(
        seconds,
        () => operator(world, `crm node standby ${node}`),
        () => operator(world, `crm node online ${node}`),
      ),
  },
  restart: {
    weight: 2,
    draw: ({ vm }) => [vm()],
    run: (world, [vm = '']) => operator(world, `timeout 60 crm resource restart ${vm}`, 70),
  },
  /** Stopped for a while. */
  stop: {
    weight: 3,
    draw: ({ vm, seconds }) => [vm(), seconds(1, 15)],
    run: (world, [vm = '', seconds]) =>
      during(
        seconds,
        () => operator(world, `crm resource stop ${vm}`),
        () => operator(world, `crm resource start ${vm}`),
      ),
  },
  cleanup: {
    weight: 3,
    draw: ({ vm }) => [vm()],
    run: (world, [vm = '']) => operator(world, `crm resource cleanup ${vm}`),
  },
  refresh: {
    weight: 3,
    draw: ({ vm }) => [vm()],
    run: (world, [vm = '']) => operator(world, `crm resource refresh ${vm}`),
  },
  /** A parameter that a running VM takes over. */
  edit: {
    weight: 2,
    draw: ({ vm, one }) => [
      vm(),
      ...one([
        ['toolstack_timeout', one(['2', '5', '10'])],
        ['unknown_tolerance', one(['0', '1', '3'])],
      ]),
    ],
    run: (world, [vm = '', name = '', value = '']) => operator(world, `crm resource param ${vm} set ${name} ${value}`),
  },
  /** Another resource comes and goes. */
  'add-resource': {
    weight: 1,
    draw: ({ seconds }) => [seconds(1, 15)],
    run: (world, [seconds]) =>
      during(
        seconds,
        () => operator(world, 'crm configure primitive extra ocf:pacemaker:Dummy op monitor interval=10s'),
        () => operator(world, 'crm resource stop extra; crm_resource --wait --timeout=20s; crm configure delete extra'),
      ),
  },
  maintenance: {
    weight: 2,
    draw: ({ seconds }) => [seconds(2, 20)],
    run: (world, [seconds]) =>
      during(
        seconds,
        () => operator(world, 'crm configure property maintenance-mode=true'),
        () => operator(world, 'crm configure property maintenance-mode=false'),
      ),
  },
  unmanage: {
    weight: 1,
    draw: ({ vm, seconds }) => [vm(), seconds(2, 20)],
    run: (world, [vm = '', seconds]) =>
      during(
        seconds,
        () => operator(world, `crm resource unmanage ${vm}`),
        () => operator(world, `crm resource manage ${vm}`),
      ),
  },
};
