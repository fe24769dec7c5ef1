import { during, type OperationKind } from './kind.ts';

/** What happens to files and file systems. */
export const files: Readonly<Record<string, OperationKind>> = {
  /** The storage with all VMs and configurations is not mounted on a node. */
  'unmount-storage': {
    weight: 3,
    draw: ({ node, seconds }) => [node(), seconds(3, 30)],
    run: (world, [node = '', seconds]) => {
      const each = (command: string) => `for at in /shared/configs "/shared/Virtual Machines"; do ${command}; done`;
      return during(
        seconds,
        () => world.onNode(node, each('mount -t tmpfs -o ro away "$at"')),
        () => world.onNode(node, each('umount "$at"')),
      );
    },
  },
  /** The configuration files of the Xen VMs are missing on a node. */
  'remove-configs': {
    weight: 3,
    draw: ({ node, seconds }) => [node(), seconds(3, 30)],
    run: (world, [node = '', seconds]) =>
      during(
        seconds,
        () => world.onNode(node, 'ln -sfn /nonexistent /etc/xen/cluster'),
        () => world.onNode(node, 'ln -sfn /shared/configs /etc/xen/cluster'),
      ),
  },
  /** Nothing can be written any more where the history is kept. */
  'fill-disk': {
    weight: 1,
    draw: ({ node, seconds }) => [node(), seconds(3, 20)],
    run: (world, [node = '', seconds]) => {
      const folder = '/var/log/ocf-virt';
      const fill = `mkdir -p ${folder}; mount -t tmpfs -o size=4k full ${folder} && head -c 4096 /dev/zero >${folder}/full`;
      return during(
        seconds,
        () => world.onNode(node, fill),
        () => world.onNode(node, `umount --lazy ${folder}`),
      );
    },
  },
};
