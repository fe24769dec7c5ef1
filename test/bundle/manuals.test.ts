import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { agents } from '../../agents/index.ts';
import { commonOptions } from '../../cli/command.ts';
import { commands } from '../../cli/commands.ts';
import { forms } from '../support/installed.ts';

const pages = ['man1/ocf-virt.1', ...Object.keys(agents).map((name) => `man7/ocf_virt_${name}.7`)];
const fileOf = (page: string, form: string) => `dist/${form}/usr/share/man/${page}`;

/** The page as a terminal of 80 columns shows it. */
async function shown(page: string): Promise<string> {
  const { stdout } = await execa('mandoc', ['-T', 'utf8', '-O', 'width=78', fileOf(page, 'native')]);
  // Bold is printed as a letter, a step back, and the letter again.
  const pieces = stdout.split('\b');
  return [...pieces.slice(0, -1).map((piece) => piece.slice(0, -1)), pieces.at(-1)].join('');
}

/** The section of a heading, with all white space as one blank. */
function sectionOf(text: string, heading: string): string {
  const [, ...lines] = text.slice(text.indexOf(`\n${heading}\n`) + 1).split('\n');
  const indent = heading.search(/\S/);
  const end = lines.findIndex((line) => line !== '' && line.search(/\S/) <= indent);
  return lines.slice(0, end).join(' ').replace(/\s+/g, ' ');
}

describe.each(pages)('the manual page %s', (page) => {
  it('is the same in both forms, and mandoc finds nothing wrong with it', async () => {
    const results = await Promise.all(
      forms.map((form) => execa('mandoc', ['-T', 'lint', fileOf(page, form)], { reject: false })),
    );
    for (const { stdout } of results) {
      // Which other pages are installed on this machine is not its fault.
      expect(stdout.split('\n').filter((line) => !/^$|referenced manual not found/.test(line))).toEqual([]);
    }
    const [native, node] = forms.map((form) => fileOf(page, form));
    await execa('cmp', [native ?? '', node ?? '']);
  });

  it('fits a terminal of 80 columns, with nothing left out and no trace of its language', async () => {
    const text = await shown(page);
    expect(text.length).toBeGreaterThan(2000);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/undefined|\[object|NaN|`|\\[^\n]|^\.[A-Z]/m);
  });
});

describe('ocf-virt(1)', () => {
  it.each(commands.filter(({ hidden }) => hidden !== true).map((command) => [command.usage, command] as const))(
    'explains "%s" with every argument, option and example',
    async (usage, { description, positionals, options, examples }) => {
      const section = sectionOf(await shown('man1/ocf-virt.1'), `   ${usage}`);
      const plain = (text: string) => text.replaceAll('`', '').replace(/\s+/g, ' ').trim();
      expect(section).toContain(plain(description));
      for (const [name, { describe: text }] of Object.entries<{ describe: string }>(positionals)) {
        expect(section).toContain(`${name} ${plain(text)}`);
      }
      for (const [name, { type, describe: text }] of Object.entries<{ type: string; describe: string }>(options)) {
        expect(section).toContain(`--${name} ${type === 'boolean' ? '' : `${type} `}${plain(text)}`);
      }
      for (const [line, what] of examples) expect(section).toContain(`ocf-virt ${line} ${plain(what)}`);
    },
  );

  it('says once what every command knows, and nothing of commands that are for ocf-virt itself', async () => {
    const text = await shown('man1/ocf-virt.1');
    const section = sectionOf(text, 'OPTIONS');
    for (const name of [...Object.keys(commonOptions), 'help', 'version']) expect(section).toContain(`--${name} `);
    expect(text.match(/--json/g)).toHaveLength(1);
    const hidden = commands.filter((command) => command.hidden === true);
    expect(hidden.length).toBeGreaterThan(0);
    for (const { usage } of hidden) expect(text).not.toContain(usage);
  });
});

describe.each(Object.keys(agents))('ocf_virt_%s(7)', (name) => {
  it('has every parameter, action and state', async () => {
    const agent = await agents[name]?.();
    const text = await shown(`man7/ocf_virt_${name}.7`);
    const [parameters, actions, codes] = ['PARAMETERS', 'SUPPORTED ACTIONS', 'EXIT STATUS'].map((heading) =>
      sectionOf(text, heading),
    );
    for (const [parameter, { short }] of Object.entries<{ short: string }>(agent?.parameters ?? {})) {
      expect(parameters).toContain(`${parameter} ${short} (`);
    }
    for (const { name: action, timeout } of agent?.actions ?? []) {
      expect(actions).toContain(`${action} Timeout ${timeout} s`);
    }
    for (const [state, { meaning, monitor }] of Object.entries(agent?.states ?? {})) {
      expect(codes?.replaceAll('- ', '-')).toContain(`${state} The VM ${meaning}.`);
      expect(codes).toMatch(new RegExp(`\\b${monitor} [a-z]`));
    }
  });
});
