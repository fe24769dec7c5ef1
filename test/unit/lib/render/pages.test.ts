import { describe, expect, it } from 'vitest';
import { agents } from '../../../../agents/index.ts';
import { defineAgent } from '../../../../lib/agent/define.ts';
import type { Parameter } from '../../../../lib/agent/parameter.ts';
import { exit } from '../../../../lib/ocf/exit.ts';
import { renderMarkdown } from '../../../../lib/render/markdown.ts';
import { renderUsage } from '../../../../lib/render/usage.ts';

const loaded = await Promise.all(Object.entries(agents).map(async ([name, load]) => [name, await load()] as const));

const bare = defineAgent({
  name: 'Bare',
  short: 'Is bare',
  long: 'Bare.',
  parameters: {
    must: { type: 'text', required: true, short: 'needed', long: 'Needed.' },
    may: { type: 'text', short: 'free', long: 'Free.' },
    count: {
      type: 'integer',
      default: 0,
      minimum: 0,
      maximum: 9,
      unit: 'MiB',
      reloadable: true,
      short: 'n',
      long: 'N.',
    },
  },
  actions: [{ name: 'monitor', timeout: 30, interval: 10, depth: 0 }],
  functions: { monitor: () => exit.success },
});

describe.each(loaded)('the pages of %s', (_, agent) => {
  const markdown = renderMarkdown(agent);
  const usage = renderUsage(agent);

  it.each(Object.entries(agent.states ?? {}))(
    'have a row for the state %s with the answer of every action',
    (kind, row) => {
      const codes = [row.monitor, row.start, row.stop, row.migrate_to, row.migrate_from].join(' | ');
      const lines = markdown.split('\n').filter((line) => line.startsWith(`| ${kind} |`));
      expect(lines).toEqual([`| ${kind} | ${codes} | The VM ${row.meaning}. ${row.handling} |`]);
    },
  );

  it('have tables whose rows have as many cells as their head', () => {
    const tables = markdown.split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(0);
    for (const table of tables) {
      const cells = table
        .trim()
        .split('\n')
        .map((line) => line.split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
  });

  it.each(Object.entries<Parameter>(agent.parameters))('describe the parameter %s', (name, parameter) => {
    expect(markdown).toContain(`### ${name}\n\n${parameter.short} (`);
    expect(markdown).toContain(parameter.long);
    expect(usage).toContain(`  OCF_RESKEY_${name} (`);
  });

  it('name every action', () => {
    for (const { name, timeout } of agent.actions) expect(markdown).toContain(`| ${name} | ${timeout} s |`);
    for (const name of Object.keys(agent.functions)) expect(usage.split('\n')[0]).toContain(name);
  });

  it('explain every exit code of the table of states', () => {
    const codes = new Set(Object.values(agent.states ?? {}).flatMap((row) => [row.monitor, row.start, row.stop]));
    const legend = markdown.split('\n').find((line) => line.startsWith('Exit codes: ')) ?? '';
    for (const code of codes) expect(legend).toMatch(new RegExp(`\\b${code} [a-z]`));
  });

  it('hold nothing that was not filled in', () => {
    expect(markdown + usage).not.toMatch(/undefined|\[object|NaN/);
  });
});

describe('an agent without states', () => {
  it('has a page without that table', () => {
    expect(renderMarkdown(bare)).not.toContain('## States');
    expect(renderMarkdown(bare)).toContain('| monitor | 30 s | 10 s | 0 |');
  });

  it('has its parameters marked as required, optional, or with their default', () => {
    expect(renderMarkdown(bare)).toContain('needed (required)');
    expect(renderMarkdown(bare)).toContain('free (optional)');
    expect(renderMarkdown(bare)).toContain('n (default `0`, changed without a restart)');
    expect(renderUsage(bare)).toContain('OCF_RESKEY_must (required)\n      needed');
    expect(renderUsage(bare)).toContain('OCF_RESKEY_count (default 0)');
  });
});
