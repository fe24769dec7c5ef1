import { badArguments } from '../../lib/ocf/error.ts';
import { defineCommand } from '../command.ts';

const onNodes = {
  node: { type: 'string', array: true, nargs: 1, describe: 'the node; may be repeated' },
  all: { type: 'boolean', default: false, describe: 'all nodes' },
} as const;

const kindOptions = {
  transient: { type: 'boolean', default: false, describe: "the attribute ends with the node's time in the cluster" },
  utilization: { type: 'boolean', default: false, describe: 'the capacity of the node, which resources use up' },
} as const;

const dryRun = {
  'dry-run': { type: 'boolean', default: false, describe: 'only print the commands for the cluster' },
} as const;

const name = { type: 'string', demandOption: true, describe: 'its name' } as const;

export const attributeListCommand = defineCommand({
  usage: 'attribute list',
  summary: 'show the attributes of all nodes and what uses them',
  description:
    'Shows every attribute of every node in one table: permanent ones, transient ones and capacities (utilization), and what uses each: the node_ip_attribute of a resource, the rules of constraints, the utilization of resources. Exits with 1 if a node lacks a migration address that a resource needs, or has one that is none.',
  positionals: {},
  options: {},
  examples: [['attribute list', 'all attributes of all nodes']],
  run: async ({ timeout }, tools) => {
    const { readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { addressAttributes, addressProblems } = await import('../attributes/attributes.ts');
    const { attributeRows, attributeTable, problemLines } = await import('../attributes/show.ts');
    const cib = await readClusterConfiguration(tools, timeout);
    const rows = attributeRows(cib);
    const names = addressAttributes(cib);
    const problems = names.flatMap((one) => addressProblems(cib, one));
    const lines = problemLines(cib, names, tools.terminal);
    return {
      exit: problems.length > 0 ? 1 : 0,
      text: `${attributeTable(cib, rows, tools.terminal)}${lines.length === 0 ? '' : '\n'}${lines.join('')}`,
      json: { attributes: rows, problems },
    };
  },
});

export const attributeGetCommand = defineCommand({
  usage: 'attribute get <name>',
  summary: 'print the value of an attribute',
  description:
    'Prints the value of an attribute of one node, or of several nodes as a table; of all nodes if none is named. What is permanent comes before what is transient, as the agents read it. Exits with 1 if a node has none.',
  positionals: { name },
  options: { node: onNodes.node, ...kindOptions },
  examples: [
    ['attribute get ip_livemigration --node node1', 'the value alone, for scripts'],
    ['attribute get ip_livemigration', 'the value of every node'],
  ],
  run: async ({ name, node, transient, utilization, timeout }, tools) => {
    const { nodeNames, readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { addressesOf, valuesOf } = await import('../attributes/attributes.ts');
    const { meantKind, meantNodes } = await import('../attributes/validate.ts');
    const { printable } = await import('../printable.ts');
    const { table } = await import('../table.ts');
    const cib = await readClusterConfiguration(tools, timeout);
    const kind = meantKind({ transient, utilization });
    const nodes = node === undefined ? nodeNames(cib) : meantNodes(cib, node, false);
    const all = kind === 'permanent' ? addressesOf(cib, name) : valuesOf(cib, name, kind);
    const values = nodes.map((one) => [one, all.get(one)] as const);
    const [only, another] = values;
    const isAlone = only !== undefined && another === undefined && node !== undefined;
    const rows = values.map(([one, value]) => [one, value ?? '-']);
    const alone = only?.[1] === undefined ? '' : `${printable(only[1])}\n`;
    return {
      exit: values.some(([, value]) => value === undefined) ? 1 : 0,
      text: isAlone ? alone : table(['NODE', 'VALUE'], rows),
      json: Object.fromEntries(values.map(([one, value]) => [one, value ?? null])),
    };
  },
});

export const attributeSetCommand = defineCommand({
  usage: 'attribute set <name> [value]',
  summary: 'set an attribute of nodes',
  description:
    'Sets an attribute of one node, of several, or of all. Values whose meaning is known are checked before anything is changed: migration addresses, capacities, and the attributes that Pacemaker itself reads.',
  positionals: {
    name,
    value: { type: 'string', describe: 'its value; one that begins with a dash as --value=-INFINITY' },
  },
  options: {
    ...onNodes,
    ...kindOptions,
    ...dryRun,
  },
  examples: [
    ['attribute set ip_livemigration 192.168.1.50 --node server50', 'the migration address of a node'],
    ['attribute set hv_memory 61440 --all --utilization', 'every node has 60 GiB for VMs'],
    ['attribute set rack A --node node1 --node node2 --dry-run', 'the commands that would do it'],
  ],
  run: async ({ name, value, node, all, transient, utilization, timeout, 'dry-run': dryRun }, tools) => {
    if (value === undefined) throw badArguments('the value is missing', 'ocf-virt attribute set NAME VALUE');
    const { readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { settings } = await import('../attributes/changes.ts');
    const { checkValue, meantKind, meantNodes, publishedNote } = await import('../attributes/validate.ts');
    const { makeChanges } = await import('../change.ts');
    const cib = await readClusterConfiguration(tools, timeout);
    const kind = meantKind({ transient, utilization });
    const nodes = meantNodes(cib, node, all);
    checkValue(cib, name, value, kind, nodes);
    const changes = settings(cib, nodes, name, value, kind);
    const done = await makeChanges(changes, { tools, seconds: timeout, dryRun });
    return { ...done, text: `${done.text}${dryRun ? '' : publishedNote(cib, name, kind, nodes)}` };
  },
});

export const attributeUnsetCommand = defineCommand({
  usage: 'attribute unset <name>',
  summary: 'take an attribute away from nodes',
  description: 'Takes an attribute away from one node, from several, or from all. A node that has none is left alone.',
  positionals: { name },
  options: { ...onNodes, ...kindOptions, ...dryRun },
  examples: [['attribute unset rack --all', 'no node has a rack any more']],
  run: async ({ name, node, all, transient, utilization, timeout, 'dry-run': dryRun }, tools) => {
    const { readClusterConfiguration } = await import('../cluster-nodes.ts');
    const { removals } = await import('../attributes/changes.ts');
    const { meantKind, meantNodes } = await import('../attributes/validate.ts');
    const { makeChanges } = await import('../change.ts');
    const cib = await readClusterConfiguration(tools, timeout);
    const nodes = meantNodes(cib, node, all);
    const changes = removals(cib, nodes, name, meantKind({ transient, utilization }));
    return await makeChanges(changes, { tools, seconds: timeout, dryRun });
  },
});
