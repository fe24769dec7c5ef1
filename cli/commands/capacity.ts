import { defineCommand } from '../command.ts';
import { countOf } from '../count-of.ts';

export const capacityCommand = defineCommand({
  usage: 'capacity',
  summary: 'say whether all VMs still run when a node fails, by the scheduler of the cluster',
  description: `Asks Pacemaker's own scheduler (crm_simulate), on a copy of the live configuration, whether every VM that is to run has a place: now, when one node fails, or for each node in turn. It counts the capacities and needs that are configured (utilization); where memory is not configured, it takes it from the hypervisors and the VMs' configuration files, and says so. It changes nothing, and does not look at quorum.

The exit code is 1 when a VM would not run, or when that cannot be known.`,
  positionals: {},
  options: {
    fail: { type: 'string', array: true, describe: 'what if this node failed' },
    'fail-each': { type: 'boolean', default: false, describe: 'what if one node failed, for each of those online' },
  },
  examples: [
    ['capacity --fail-each', 'whichever node fails'],
    ['capacity --fail server50', 'if this node fails'],
  ],
  run: async ({ fail = [], 'fail-each': failEach, timeout }, tools) => {
    const { nodeNames, surveyNodes } = await import('../cluster-nodes.ts');
    const { factsOf, isWanted, memoryOf, vmsOf } = await import('../check/read.ts');
    const { completeFigures } = await import('../capacity/figures.ts');
    const { judge } = await import('../capacity/judge.ts');
    const { parseCib } = await import('../../lib/cluster/cib.ts');
    const { readStatus } = await import('../../lib/cluster/status.ts');
    const { withShadow } = await import('../../lib/cluster/shadow.ts');
    const { simulate } = await import('../../lib/cluster/simulation.ts');
    const { badArguments } = await import('../../lib/ocf/error.ts');
    const { fromNow } = await import('../../lib/system/clock.ts');
    const { runner, clock } = tools;
    const deadline = fromNow(120_000, clock);
    const status = await readStatus(runner, fromNow(timeout * 1000, clock));
    return await withShadow('live', runner, deadline, async (shadow) => {
      const before = await parseCib(shadow.xml);
      const nodes = nodeNames(before);
      const stranger = fail.find((node) => !nodes.includes(node));
      if (stranger !== undefined) {
        throw badArguments(`there is no node ${JSON.stringify(stranger)}`, `the nodes are ${nodes.join(', ')}`);
      }
      const vms = vmsOf(before).filter((vm) => isWanted(before, vm));
      const files = [...new Set(vms.map(({ file }) => file))];
      const request = { host: {}, vmConfigs: { files } };
      const online = status.nodes.filter((node) => node.online).map(({ name }) => name);
      const answers = await surveyNodes(
        nodes.filter((node) => online.includes(node)),
        request,
        { tools, seconds: timeout },
      );
      const facts = { cib: before, answers };
      const hosts = new Map(factsOf(facts, 'host').map(([node, { hypervisor }]) => [node, hypervisor]));
      const completion = completeFigures(before, vms, {
        memoryOf: (vm) => memoryOf(facts, vm),
        hypervisorOf: (node) => hosts.get(node),
      });
      for (const element of completion.elements) await shadow.modify(element);
      const after = await shadow.run('cibadmin', ['--query']);
      const cib = await parseCib(after.stdout);
      const needs = vmsOf(cib)
        .filter(({ id }) => vms.some((vm) => vm.id === id))
        .map(({ id, utilization }) => ({
          id,
          needs: Object.fromEntries(Object.entries(utilization).map(([name, value]) => [name, Number(value)])),
        }));
      const cases = failEach ? online : fail;
      const outlooks = [];
      for (const failing of cases.length === 0 ? [undefined] : cases) {
        tools.terminal.progress([failing === undefined ? 'asking the scheduler' : `what if ${failing} failed`]);
        outlooks.push({ fails: failing, ...judge(await simulate(shadow.file, failing, runner, deadline), needs) });
      }
      const lines = outlooks.flatMap(({ fails, runs, homeless }) => {
        const when =
          fails === undefined ? 'as it is now' : online.includes(fails) ? `${fails} fails` : `${fails} is down already`;
        const verdict =
          homeless.length === 0
            ? runs === 1
              ? 'the VM runs'
              : `all ${runs} VMs run`
            : `${homeless.length} of ${countOf(vms.length, 'VM')} would not run`;
        const style = homeless.length === 0 ? ('green' as const) : ('red' as const);
        return [
          `${when}: ${tools.terminal.style(style, verdict)}`,
          ...homeless.flatMap(({ vm, needs: wanted, reasons }) => [
            `  ${vm} needs ${
              Object.entries(wanted)
                .map(([name, value]) => `${value} ${name}`)
                .join(', ') || 'nothing that is counted'
            }`,
            ...reasons.map((one) => `    ${one}`),
          ]),
        ];
      });
      const remarks = [...completion.unknown, ...completion.assumed];
      return {
        exit: !completion.isSure || outlooks.some(({ homeless }) => homeless.length > 0) ? 1 : 0,
        text: [...lines, ...(remarks.length === 0 ? [] : ['']), ...remarks].map((line) => `${line}\n`).join(''),
        json: {
          cases: outlooks.map(({ fails, ...rest }) => ({ fails: fails ?? null, ...rest })),
          assumed: completion.assumed,
          unknown: completion.unknown,
        },
      };
    });
  },
});
