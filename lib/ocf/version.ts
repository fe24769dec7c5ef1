import manifest from '../../package.json' with { type: 'json' };

/** The version of ocf-virt, as package.json says. */
export const version: string = manifest.version;
