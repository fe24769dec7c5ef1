import { describe, expect, it } from 'vitest';
import { domainProcesses } from '../../../../../lib/hypervisor/xen/domain-processes.ts';
import type { Process } from '../../../../../lib/system/process-table.ts';

const xl = '/usr/lib/xen-4.17/bin/xl';
const file = '/etc/xen/vm01.cfg';
const log = (name: string) => `/var/log/xen/xl-${name}.log`;
let pid = 100;
const process = (args: string, output = 'pipe:[1]'): Process => {
  pid += 1;
  return { pid, parent: 1, args: args.split(' '), output };
};

/** Which kinds a process counts for. */
function kindsOf(found: Process, name = 'vm01', configFile: string | undefined = file): string[] {
  return Object.entries(domainProcesses([found], name, configFile))
    .filter(([, list]) => list.includes(found))
    .map(([kind]) => kind);
}

describe('a process of the domain', () => {
  it.each([
    ['its daemon, by the log', `${xl} create /etc/xen/other-name.cfg`, log('vm01'), ['keepers']],
    [
      'its daemon whose log was rotated, by the file',
      `${xl} create ${file}`,
      '/var/log/xen/xl-vm01.log.1',
      ['keepers'],
    ],
    ['its daemon under another name of the same file', `${xl} create ${file}`, log('old'), ['keepers']],
    ['its daemon after a migration', `${xl} migrate-receive`, log('vm01--incoming'), ['keepers']],
    ['its creation', `${xl} create ${file} name="vm01"`, 'pipe:[1]', ['starting']],
    ['its creation with an option', `${xl} create -q ${file}`, 'pipe:[1]', ['starting']],
    ['its creation with an option of xl', `${xl} -f create ${file}`, '/dev/null', ['starting']],
    ['its migration', `${xl} migrate -s ssh vm01 node2`, '/run/log', ['leaving']],
    ['its save', `${xl} save vm01 /images/vm01`, 'pipe:[1]', ['leaving']],
    ['a receiver', `${xl} migrate-receive`, 'pipe:[1]', ['receiving', 'receivingAny']],
    ['its device model', '/usr/bin/qemu-system-i386 -xen-domid 3 -name vm01 -vnc none', '', ['models']],
    ['its device model with debugging names', 'qemu-dm -name vm01,debug-threads=on', '', ['models']],
  ])('is %s', (_, args, output, kinds) => expect(kindsOf(process(args, output))).toEqual(kinds));
});

describe('a process of somebody else', () => {
  it.each([
    ['another daemon', `${xl} create /etc/xen/vm02.cfg`, log('vm02')],
    ['a daemon whose name only begins alike', `${xl} create /etc/xen/x.cfg`, log('vm011')],
    ['another creation', `${xl} create /etc/xen/vm02.cfg`, 'pipe:[1]'],
    ['another migration', `${xl} migrate -s ssh vm02 vm01`, '/run/log'],
    ['another save', `${xl} save vm02 /images/vm02`, ''],
    ['a list', `${xl} list vm01`, 'pipe:[1]'],
    ['no xl at all', `vi ${file}`, log('vm01')],
    ['a shell that will call xl', `sh -c xl create ${file}`, log('vm01')],
    ['another device model', 'qemu-system-i386 -name vm02', ''],
    ['a device model without name', 'qemu-system-i386 -vnc vm01', ''],
  ])('is %s', (_, args, output) => expect(kindsOf(process(args, output))).toEqual([]));

  it('is a kernel thread', () => {
    expect(kindsOf({ pid: 2, parent: 0, args: [], output: '' })).toEqual([]);
  });
});

it('without a configuration file, only the log tells', () => {
  const all = [process(`${xl} create ${file}`, log('old')), process(`${xl} create ${file}`, log('vm01'))];
  expect(domainProcesses(all, 'vm01').keepers).toEqual([all[1]]);
});
