/** Options of the commands that move VMs. */
export const migrationOptions = {
  force: {
    type: 'boolean',
    default: false,
    describe: 'go on in spite of what stands in the way, also if a VM is restarted or stopped',
  },
  'dry-run': { type: 'boolean', default: false, describe: 'look, and only print the commands for the cluster' },
  wait: {
    type: 'number',
    default: 3600,
    describe: 'seconds to wait for the cluster; after that it goes on alone, and what was set stays set',
  },
} as const;
