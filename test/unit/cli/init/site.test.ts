import { describe, expect, it } from 'vitest';
import { exampleList } from '../../../../cli/init/example.ts';
import { readSite } from '../../../../cli/init/site.ts';

const two = `cluster: vms
hypervisor: xen
networks:
  cluster: 10.0.0.0/24
hosts:
  - name: node1
    addresses: { cluster: 10.0.0.11 }
  - name: node2
    addresses: { cluster: 10.0.0.12 }
`;

/** Mistakes as `LINE: WHAT`. */
function mistakes(text: string): string[] {
  const site = readSite(text);
  return 'mistakes' in site ? site.mistakes.map(({ line, what }) => `${line}: ${what}`) : [];
}

it('the example, which has everything, and a list of two hosts with nothing else are right', () => {
  expect(readSite(exampleList)).toMatchObject({
    cluster: 'vms',
    networks: { cluster: '10.0.0.0/24', second: '10.0.1.0/24', migration: '192.168.1.0/24' },
    fencing: { agent: 'fence_ipmilan', parameters: { lanplus: '1' } },
    boot: { server: '10.0.0.1', dom0MiB: 4096 },
    hosts: [
      { name: 'node1', mac: '52:54:00:10:00:11', fencing: { ip: '10.0.9.11' } },
      { addresses: { second: '10.0.1.12' } },
      {},
    ],
  });
  expect(readSite(two)).toMatchObject({ boot: undefined, fencing: undefined, hosts: [{ mac: undefined }, {}] });
});

it('anchors and aliases of YAML mean what they stand for', () => {
  const text = two
    .replace('cluster: 10.0.0.0/24', 'cluster: &net 10.0.0.0/24\n  second: *net')
    .replaceAll(/cluster: (10\.0\.0\.1.)/g, 'cluster: $1, second: $1');
  expect(mistakes(text)).toEqual([
    '8: hosts[1].addresses.second is not unique: the address 10.0.0.11 is that of line 8, too',
    '10: hosts[2].addresses.second is not unique: the address 10.0.0.12 is that of line 10, too',
  ]);
});

describe('each mistake is told with its line', () => {
  it.each([
    ['cluster: vms', 'cluster: my cluster', '1: cluster "my cluster" must be up to 15 letters, digits, - and _'],
    ['hypervisor: xen\n', '', '1: the file has no hypervisor'],
    ['hypervisor: xen', 'hypervisor: kvm', '2: hypervisor "kvm" must be xen or vmware'],
    [
      'cluster: 10.0.0.0/24',
      'cluster: 10.0.0.0',
      '4: networks.cluster "10.0.0.0" is no IPv4 network, for example 10.0.0.0/24',
    ],
    [
      'hosts:',
      'host:',
      [
        '1: the file has no hosts',
        '5: unknown key "host"; there are cluster, hypervisor, networks, hosts, fencing, storage, boot',
      ],
    ],
    ['name: node2', 'name: node1', '8: hosts[2].name is not unique: the name node1 is that of line 6, too'],
    ['name: node2', 'name: Node_2', '8: hosts[2].name "Node_2" must be a host name: a-z, 0-9 and -'],
    ['10.0.0.12', '10.0.1.12', '9: hosts[2].addresses.cluster 10.0.1.12 is not in its network'],
    ['10.0.0.12', '10.0.0.300', '9: hosts[2].addresses.cluster "10.0.0.300" is no IPv4 address'],
    [
      'cluster: 10.0.0.12',
      'second: 192.168.1.12',
      [
        '8: hosts[2] has no address in the network cluster (10.0.0.0/24)',
        '9: hosts[2].addresses.second is in no network: networks has no second',
      ],
    ],
    [
      '{ cluster: 10.0.0.12 }',
      '',
      [
        '8: hosts[2] has no address in the network cluster (10.0.0.0/24)',
        '9: hosts[2].addresses must be lines of KEY: VALUE',
      ],
    ],
    [
      '  - name: node2\n    addresses: { cluster: 10.0.0.12 }\n',
      'storage: { nfs: nas, directory: vms }\n',
      [
        '8: storage.nfs "nas" must be as 10.0.0.1:/srv/vms',
        '8: storage.directory "vms" must be the absolute path of a folder, without blanks',
      ],
    ],
    [
      'hosts:',
      'fencing: { agent: ipmilan }\nhosts:',
      '5: fencing.agent "ipmilan" must be a fence agent, for example fence_ipmilan',
    ],
    [
      'hosts:',
      'fencing: { agent: fence_x, parameters: { a: "x\\"y" } }\nhosts:',
      '5: fencing.parameters.a "x\\"y" must be plain text',
    ],
    [
      'hosts:',
      'boot: { server: 10.0.0.1, roots: /r, tftp: /t }\nhosts:',
      ['7: hosts[1] has no mac', '9: hosts[2] has no mac'],
    ],
  ])('%j instead of %j', (instead, of, expected) => {
    expect(mistakes(two.replace(instead, of))).toEqual([expected].flat());
  });

  it('what is no YAML', () => {
    expect(mistakes(two.replace('{ cluster: 10.0.0.12 }', '{ cluster: 10.0.0.12'))).toEqual([
      expect.stringMatching(/^\d+: .*(flow|}).*/i),
    ]);
    expect(mistakes('cluster: a\ncluster: b\n')[0]).toMatch(/^2: .*unique/);
    expect(mistakes('')).toContain('1: the file must be lines of KEY: VALUE');
    expect(mistakes('- a\n- b\n')).toContain('1: the file must be lines of KEY: VALUE');
  });
});

it('whatever the text is, there is an answer and no exception', () => {
  for (let length = 0; length <= exampleList.length; length += 7) {
    for (const text of [exampleList.slice(0, length), exampleList.slice(length)]) {
      const site = readSite(text);
      if ('mistakes' in site) expect(site.mistakes.length).toBeGreaterThan(0);
    }
  }
});
