import { defineCommand } from '../command.ts';
import { countOf } from '../count-of.ts';

export const checkCommand = defineCommand({
  usage: 'check',
  summary: 'look for pitfalls that make VMs run twice, not at all, or not where they should',
  description: `Looks at the cluster's configuration and at this node, with --all-nodes at every node over ssh, for what is known to go wrong in clusters with VMs, and says for each what was seen and which command mends it. It changes nothing.

A problem: a VM can be damaged, run twice, or will not run when it must. A warning: it will hurt one day. A note: worth knowing, and right for some clusters. The exit code is 1 when there is a problem, with --strict also when there is a warning; notes never change it.`,
  positionals: {},
  options: {
    'all-nodes': { type: 'boolean', default: false, describe: 'ask every node, not only this one' },
    strict: { type: 'boolean', default: false, describe: 'exit with 1 for warnings, too' },
    only: { type: 'string', array: true, describe: 'checks to make; all if not given' },
    rate: { type: 'number', describe: 'MiB a second that a live migration was measured to move' },
  },
  examples: [
    ['check --all-nodes', 'everything that can be seen'],
    ['check --only fencing quorum', 'two of the checks'],
  ],
  run: async ({ 'all-nodes': allNodes, strict, only, rate, timeout }, tools) => {
    const { checks } = await import('../check/checks.ts');
    const { badArguments } = await import('../../lib/ocf/error.ts');
    const unknown = only?.find((name) => !checks.some(({ id }) => id === name));
    if (unknown !== undefined) {
      throw badArguments(
        `there is no check ${JSON.stringify(unknown)}`,
        `take of ${checks.map(({ id }) => id).join(', ')}`,
      );
    }
    const { collectFacts } = await import('../check/collect.ts');
    const { report } = await import('../check/report.ts');
    const facts = await collectFacts(tools, { seconds: timeout, allNodes, measuredRate: rate });
    const made = checks.filter(({ id }) => only === undefined || only.includes(id));
    const findings = made.flatMap(({ id, find }) => find(facts).map((finding) => ({ check: id, ...finding })));
    const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
    const problems = count('problem');
    const warnings = count('warning');
    const nodes = [...facts.answers.keys()];
    const scope = `${made.length} checks of ${nodes.length === 1 ? nodes[0] : `${nodes.length} nodes`}: `;
    const verdict =
      findings.length === 0
        ? 'nothing found'
        : (['problem', 'warning', 'note'] as const)
            .map((severity) => ({ severity, many: count(severity) }))
            .filter(({ many }) => many > 0)
            .map(({ severity, many }) => countOf(many, severity))
            .join(', ');
    const more = facts.isComplete ? '' : ' (the other nodes were not asked: --all-nodes)';
    return {
      exit: problems > 0 || (strict && warnings > 0) ? 1 : 0,
      text: `${report(findings, tools.terminal)}${scope}${verdict}${more}\n`,
      json: { nodes, complete: facts.isComplete, checks: made.map(({ id }) => id), findings },
    };
  },
});
