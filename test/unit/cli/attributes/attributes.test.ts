import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressAttributes, addressProblems, usesOf } from '../../../../cli/attributes/attributes.ts';
import { removals, settings } from '../../../../cli/attributes/changes.ts';
import { attributeRows } from '../../../../cli/attributes/show.ts';
import { checkValue, meantNodes } from '../../../../cli/attributes/validate.ts';
import { attributeGetCommand, attributeListCommand, attributeSetCommand } from '../../../../cli/commands/attribute.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';
import { isHostAddress } from '../../../../lib/ocf/address.ts';
import { operatorTools } from '../../../support/operator.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const pair = (name: string, value: string) => `<nvpair id="${name}-${value}" name="${name}" value="${value}"/>`;
const node = (id: number, attributes: string, utilization = '') =>
  `<node id="${id}" uname="node${id}"><instance_attributes id="a${id}">${attributes}</instance_attributes>
   <utilization id="u${id}">${utilization}</utilization></node>`;
const resource = (id: string, type: string, parameters: string, utilization = '') =>
  `<primitive id="${id}" class="ocf" provider="virt" type="${type}"><instance_attributes id="i-${id}">${parameters}
   </instance_attributes><utilization id="ut-${id}">${utilization}</utilization></primitive>`;

const xml = `<cib><configuration>
  <nodes>${node(1, pair('ip_mig', '10.0.0.1') + pair('rack', 'A'), pair('cpu', '8'))}${node(2, pair('ip_mig', '10.0.0.1'))}${node(3, '')}</nodes>
  <resources>${resource('vm01', 'Xen', pair('node_ip_attribute', 'ip_mig'), pair('cpu', '2'))}
    ${resource('vm02', 'Xen', pair('node_ip_attribute', 'ip_mig'))}
    <clone id="cl">${resource('address', 'MigrationAddress', pair('network', '10.0.0.0/24'))}</clone></resources>
  <constraints><rsc_location id="loc-rack" rsc="vm01"><rule id="r" score="5"><expression id="e" attribute="rack" operation="eq" value="A"/></rule></rsc_location></constraints>
  </configuration><status><node_state id="2" uname="node2"><transient_attributes id="2"><instance_attributes id="t2">${pair('ip_mig', '10.0.0.2')}
  </instance_attributes></transient_attributes></node_state></status></cib>`;
const cib = () => parseCib(xml);

describe('what is known of node attributes', () => {
  it('is which resource takes an address from one, publishes it, or needs it as capacity, and which rule looks at it', async () => {
    const none = { addressOf: [], publishedBy: [], rules: [], capacityFor: [] };
    expect(usesOf(await cib(), 'ip_mig')).toEqual({ ...none, addressOf: ['vm01', 'vm02'] });
    expect(usesOf(await cib(), 'ip_livemigration')).toEqual({ ...none, publishedBy: ['address'] });
    expect(usesOf(await cib(), 'rack')).toEqual({ ...none, rules: ['loc-rack'] });
    expect(usesOf(await cib(), 'cpu')).toEqual({ ...none, capacityFor: ['vm01'] });
    expect(addressAttributes(await cib())).toEqual(['ip_livemigration', 'ip_mig']);
  });

  it('is which migration addresses are missing, doubled, or hidden', async () => {
    expect(addressProblems(await cib(), 'ip_mig')).toEqual([
      'node2 has the same ip_mig as node1: 10.0.0.1',
      'node2 has a permanent ip_mig, 10.0.0.1, which hides the transient one, 10.0.0.2',
      'node3 has no ip_mig: no VM can migrate to it',
    ]);
  });

  it('has a row for each attribute and kind, also for one that nobody has set', async () => {
    expect(attributeRows(await cib()).map(({ name, kind, values }) => [name, kind, ...Object.values(values)])).toEqual([
      ['cpu', 'utilization', '8', null, null],
      ['ip_mig', 'permanent', '10.0.0.1', '10.0.0.1', null],
      ['ip_mig', 'transient', null, '10.0.0.2', null],
      ['rack', 'permanent', 'A', null, null],
      ['ip_livemigration', 'permanent', null, null, null],
    ]);
  });
});

describe('a value', () => {
  const check = async (
    name: string,
    value: string,
    kind: 'permanent' | 'utilization' = 'permanent',
    nodes = ['node3'],
  ) => {
    const all = await cib();
    return () => checkValue(all, name, value, kind, nodes);
  };

  it.each([
    ['ip_mig', '10.0.0.3', 'permanent'],
    ['ip_mig', 'fd00::3', 'permanent'],
    ['rack', '$(reboot) "; `x`', 'permanent'],
    ['rack', '-INFINITY', 'permanent'],
    ['standby', 'on', 'permanent'],
    ['#health-disk', 'red', 'permanent'],
    ['hv_memory', '61440', 'utilization'],
  ] as const)('%s = %s can be used', async (name, value, kind) => {
    expect(await check(name, value, kind)).not.toThrow();
  });

  it.each([
    ['ip_mig', '10.0.0.3; reboot', 'permanent', 'is no address'],
    ['ip_mig', '10.0.0.1', 'permanent', 'node1 has 10.0.0.1 already'],
    ['ip_livemigration', '-oProxyCommand=x', 'permanent', 'is no address'],
    ['rack', 'a\nb', 'permanent', 'cannot be "a\\nb"'],
    ['rack', '\x1b[31m', 'permanent', 'cannot be'],
    ['rack', '', 'permanent', 'cannot be ""'],
    ['a b', 'x', 'permanent', 'is no name'],
    ['--delete', 'x', 'permanent', 'is no name'],
    ['$(reboot)', 'x', 'permanent', 'is no name'],
    ['#uname', 'x', 'permanent', 'set by Pacemaker itself'],
    ['standby', 'maybe', 'permanent', 'cannot be "maybe"'],
    ['cpu', '-1', 'utilization', 'cannot be "-1"'],
    ['cpu', '4 GiB', 'utilization', 'cannot be "4 GiB"'],
  ] as const)('%s = %j is refused', async (name, value, kind, words) => {
    const checked = await check(name, value, kind);
    expect(checked).toThrow(words);
    expect(checked).toThrow(expect.objectContaining({ exit: 2 }));
  });

  it('that is an address is set on one node only', async () => {
    expect(await check('ip_mig', '10.0.0.9', 'permanent', ['node1', 'node2'])).toThrow(
      'two nodes cannot have the same',
    );
  });

  it('that ssh or a shell could take for anything else never becomes a migration address', async () => {
    const all = await cib();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom('$(x)', ';', '-o', ' ', "'", '`', '\n').map((bad) => `10.0.0.3${bad}`),
        ),
        (value) => {
          if (isHostAddress(value)) return;
          expect(() => checkValue(all, 'ip_mig', value, 'permanent', ['node3'])).toThrow();
        },
      ),
    );
  });
});

describe('the commands for the cluster', () => {
  it('have each value in one word with its option, whatever is in it', async () => {
    const all = await cib();
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, fc.constantFrom('permanent', 'transient', 'utilization'), (name, value, kind) => {
        for (const { command } of settings(all, ['node3'], name, value, kind)) {
          const lifetime = {
            permanent: '--lifetime=forever',
            transient: '--lifetime=reboot',
            utilization: '--utilization',
          };
          expect(command).toEqual([
            'crm_attribute',
            '--node=node3',
            `--name=${name}`,
            lifetime[kind],
            `--update=${value}`,
          ]);
        }
      }),
    );
  });

  it('change what differs only', async () => {
    const all = await cib();
    expect(settings(all, ['node1', 'node3'], 'rack', 'A', 'permanent').map(({ why }) => why)).toEqual([
      'Set the permanent attribute rack of node3 to A',
    ]);
    expect(removals(all, ['node1', 'node3'], 'rack', 'permanent').map(({ command }) => command)).toEqual([
      ['crm_attribute', '--node=node1', '--name=rack', '--lifetime=forever', '--delete'],
    ]);
  });

  it('are for nodes of the cluster only', async () => {
    const all = await cib();
    expect(meantNodes(all, undefined, true)).toEqual(['node1', 'node2', 'node3']);
    expect(meantNodes(all, ['node2', 'node2'], false)).toEqual(['node2']);
    for (const [named, every] of [
      [undefined, false],
      [['-x'], false],
      [['node1; reboot'], false],
      [['node1'], true],
    ] as const) {
      expect(() => meantNodes(all, named, every)).toThrow(expect.objectContaining({ exit: 2 }));
    }
  });
});

describe('ocf-virt attribute', () => {
  const operator = () => {
    const runner = scriptedRunner((program) =>
      program === 'cibadmin' ? { stdout: xml } : program === 'crm_attribute' ? {} : undefined,
    );
    return { runner, tools: operatorTools(runner) };
  };
  const common = { json: false, timeout: 10, transient: false, utilization: false };

  it('list ends with 1 because of a missing address, and shows who uses what', async () => {
    const { exit, text } = await attributeListCommand.run(common, operator().tools);
    expect(exit).toBe(1);
    expect(text).toMatch(/^ip_mig +permanent +10\.0\.0\.1 +10\.0\.0\.1 +- +address for vm01, vm02$/m);
    expect(text).toMatch(/^rack +permanent +A +- +- +rule of loc-rack$/m);
    expect(text).toContain('node3 has no ip_mig: no VM can migrate to it.');
  });

  it('get prints the value alone for one node, and ends with 1 where there is none', async () => {
    const get = (node: string) =>
      attributeGetCommand.run({ ...common, name: 'ip_mig', node: [node] }, operator().tools);
    expect(await get('node1')).toMatchObject({ exit: 0, text: '10.0.0.1\n' });
    expect(await get('node3')).toMatchObject({ exit: 1, text: '' });
  });

  it('set with --dry-run prints the commands and runs none', async () => {
    const { runner, tools } = operator();
    const args = {
      ...common,
      name: 'rack',
      value: "B 'x'; reboot",
      node: undefined,
      all: true,
      'dry-run': true,
    };
    const { text } = await attributeSetCommand.run(args, tools);
    expect(text.split('\n')[2]).toBe(
      String.raw`crm_attribute --node=node3 --name=rack --lifetime=forever '--update=B '\''x'\''; reboot'`,
    );
    expect(runner.calls.map(([program]) => program)).toEqual(['cibadmin']);
  });

  it('set says that a resource writes its own value again', async () => {
    const { tools } = operator();
    const args = {
      ...common,
      name: 'ip_livemigration',
      value: '10.0.0.7',
      node: ['node1'],
      all: false,
      'dry-run': false,
    };
    expect((await attributeSetCommand.run(args, tools)).text).toContain('address publishes ip_livemigration');
  });
});
