import { defineCommand } from '../command.ts';

const attribute = {
  attribute: {
    type: 'string',
    requiresArg: true,
    describe: 'the node attribute with the addresses; the one that resources use if not given',
  },
} as const;

const dryRun = {
  'dry-run': { type: 'boolean', default: false, describe: 'only print the commands for the cluster' },
} as const;

const transient = {
  transient: { type: 'boolean', default: false, describe: "the address ends with the node's time in the cluster" },
} as const;

const node = { type: 'string', demandOption: true, describe: 'the node' } as const;

export const migrationAddressListCommand = defineCommand({
  usage: 'migration-address list',
  summary: 'show over which address each node receives live migrations',
  description:
    'Shows the migration address of every node, whether it is permanent or transient, and which resources use it. Exits with 1 if a node has none, has one that is none, or two nodes have the same.',
  positionals: {},
  options: attribute,
  examples: [['migration-address list', 'the addresses of all nodes']],
  run: async ({ attribute, timeout }, tools) => {
    const { readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { addressesOf, addressProblems, usesOf, valuesOf } = await import('../attributes/attributes.ts');
    const { problemLines, usesText } = await import('../attributes/show.ts');
    const { addressAttribute } = await import('../migration-address/attribute-name.ts');
    const { table } = await import('../table.ts');
    const cib = await readClusterConfiguration(tools, timeout);
    const name = addressAttribute(cib, attribute);
    const permanent = valuesOf(cib, name, 'permanent');
    const rows = [...addressesOf(cib, name)].map(([one, address]) => {
      const kind = permanent.get(one) === undefined ? 'transient' : 'permanent';
      return { node: one, address: address ?? null, kind: address === undefined ? null : kind };
    });
    const problems = addressProblems(cib, name);
    const lines = problemLines(cib, [name], tools.terminal);
    const cells = rows.map((row) => [row.node, row.address ?? '-', row.kind ?? '-']);
    return {
      exit: problems.length > 0 ? 1 : 0,
      text: [
        `${name}: ${usesText(usesOf(cib, name), 'permanent').replace(/^-$/, 'no resource uses it')}\n\n`,
        table(['NODE', 'ADDRESS', 'KIND'], cells),
        lines.length === 0 ? '' : '\n',
        ...lines,
      ].join(''),
      json: { attribute: name, nodes: rows, uses: usesOf(cib, name), problems },
    };
  },
});

export const migrationAddressSetCommand = defineCommand({
  usage: 'migration-address set <node> <address>',
  summary: 'set over which address a node receives live migrations',
  description:
    'Sets the migration address of a node. The resource agent ocf:virt:MigrationAddress does it by itself, on every node, and takes the address away when its link fails.',
  positionals: { node, address: { type: 'string', demandOption: true, describe: 'an IP address, or a name' } },
  options: { ...attribute, ...transient, ...dryRun },
  examples: [['migration-address set server50 192.168.1.50', 'server50 receives live migrations over this address']],
  run: async ({ node, address, attribute, transient, timeout, 'dry-run': dryRun }, tools) => {
    const { readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { settings } = await import('../attributes/changes.ts');
    const { checkAddress, checkValue, meantNodes, publishedNote } = await import('../attributes/validate.ts');
    const { makeChanges } = await import('../change.ts');
    const { addressAttribute } = await import('../migration-address/attribute-name.ts');
    const cib = await readClusterConfiguration(tools, timeout);
    const name = addressAttribute(cib, attribute);
    const nodes = meantNodes(cib, [node], false);
    const kind = transient ? 'transient' : 'permanent';
    checkValue(cib, name, address, kind, nodes);
    checkAddress(cib, name, address, nodes);
    const changes = settings(cib, nodes, name, address, kind);
    const done = await makeChanges(changes, { tools, seconds: timeout, dryRun });
    return { ...done, text: `${done.text}${dryRun ? '' : publishedNote(cib, name, kind, nodes)}` };
  },
});

export const migrationAddressUnsetCommand = defineCommand({
  usage: 'migration-address unset <node>',
  summary: 'take the migration address of a node away',
  description:
    'Takes the migration address of a node away, permanent and transient: no VM can migrate live to it then.',
  positionals: { node },
  options: { ...attribute, ...dryRun },
  examples: [['migration-address unset server50', 'no VM migrates to server50 any more']],
  run: async ({ node, attribute, timeout, 'dry-run': dryRun }, tools) => {
    const { readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { removals } = await import('../attributes/changes.ts');
    const { meantNodes } = await import('../attributes/validate.ts');
    const { makeChanges } = await import('../change.ts');
    const { addressAttribute } = await import('../migration-address/attribute-name.ts');
    const cib = await readClusterConfiguration(tools, timeout);
    const name = addressAttribute(cib, attribute);
    const nodes = meantNodes(cib, [node], false);
    const changes = (['permanent', 'transient'] as const).flatMap((kind) => removals(cib, nodes, name, kind));
    return await makeChanges(changes, { tools, seconds: timeout, dryRun });
  },
});

export const migrationAddressCheckCommand = defineCommand({
  usage: 'migration-address check',
  summary: 'try every way that a live migration could go',
  description:
    'Lets every node try to reach every other one as a live migration does: over its migration address, with ssh and without a dialogue (so the host key must be known, and the key accepted), and asks there for xl and its version. Prints a matrix of all pairs, and what is wrong with each. Where no resource uses a migration address, the names of the nodes are tried. Exits with 1 if any way is not good.',
  positionals: {},
  options: attribute,
  examples: [['migration-address check', 'all pairs of nodes']],
  run: async ({ attribute, timeout }, tools) => {
    const { readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { addressAttributes } = await import('../attributes/attributes.ts');
    const { addressAttribute } = await import('../migration-address/attribute-name.ts');
    const { checkWays } = await import('../migration-address/check.ts');
    const { showWays } = await import('../migration-address/show.ts');
    const cib = await readClusterConfiguration(tools, timeout / 2);
    const isUsed = attribute !== undefined || addressAttributes(cib).length > 0;
    const name = isUsed ? addressAttribute(cib, attribute) : undefined;
    const checked = await checkWays(cib, name, { tools, seconds: timeout });
    return {
      exit: checked.ways.every(({ isGood }) => isGood) ? 0 : 1,
      text: showWays(checked, name, tools.terminal),
      json: { attribute: name ?? null, ...checked },
    };
  },
});
