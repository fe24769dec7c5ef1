import { setClock } from '../node-clock.ts';
import { during, type OperationKind } from './kind.ts';

/** What happens to whole nodes and their cables. */
export const nodes: Readonly<Record<string, OperationKind>> = {
  /** The power goes; whoever fences it gives it back. */
  crash: {
    weight: 6,
    draw: ({ node }) => [node()],
    run: (world, [name = '']) => world.cluster.node(name).kill(),
  },
  /** Every process stops as it is, and goes on later, unless the node was fenced. */
  freeze: {
    weight: 5,
    draw: ({ node, seconds }) => [node(), seconds(1, 15)],
    run: (world, [name = '', seconds]) =>
      world.inTrouble(name, () =>
        during(
          seconds,
          () => world.cluster.node(name).freeze(),
          () => world.cluster.node(name).thaw(),
        ),
      ),
  },
  /** A node hears nobody and is heard by nobody. */
  isolate: {
    weight: 5,
    draw: ({ node, seconds }) => [node(), seconds(1, 20)],
    run: ({ cluster, inTrouble }, [name = '', seconds]) =>
      inTrouble(name, () =>
        during(
          seconds,
          () => cluster.partition([cluster.nodes.map((one) => one.name).filter((one) => one !== name), [name]]),
          () => cluster.partition([cluster.nodes.map((one) => one.name)]),
        ),
      ),
  },
  /** The network of the live migrations, while that of the cluster works. */
  'unplug-migration': {
    weight: 3,
    draw: ({ node, seconds }) => [node(), seconds(1, 20)],
    run: ({ cluster }, [name = '', seconds]) =>
      during(
        seconds,
        () => cluster.node(name).unplug('migration'),
        () => cluster.node(name).plug('migration'),
      ),
  },
  /** Orderly, as for maintenance. */
  shutdown: {
    weight: 2,
    draw: ({ node }) => [node()],
    run: (world, [name = '']) => world.inTrouble(name, () => world.cluster.node(name).stop()),
  },
  /** The wall clock of the cluster's programs and of the agents jumps, and stays wrong until the step is over. */
  clock: {
    weight: 3,
    draw: ({ node, one }) => [node(), one(['-3600', '-60', '-5', '5', '60', '3600'])],
    run: (world, [name = '', seconds = '']) => world.onNode(name, setClock(Number(seconds))),
  },
};
