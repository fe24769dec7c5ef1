import { expect, it } from 'vitest';
import { fromLibvirt, isOfLibvirt } from '../../../../cli/adopt/from-libvirt.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';

const resources = async (...parameters: readonly string[]) => {
  const pairs = parameters.map((one, index) => {
    const [name, value] = one.split('=');
    return `<nvpair id="p${index}" name="${name}" value="${value}"/>`;
  });
  const cib = await parseCib(`<cib><configuration><nodes/><resources>
    <primitive id="my vm" class="ocf" provider="heartbeat" type="VirtualDomain"><instance_attributes id="i">
    ${pairs.join('')}</instance_attributes></primitive></resources></configuration></cib>`);
  return cib.resources.filter(isOfLibvirt);
};

it('the steps convert, stop, exchange, and start; parameters that we do not have go, others stay', async () => {
  const vm = await resources(
    ...[
      'config=/etc/xen vms/a.xml',
      'hypervisor=xen:///system',
      'migration_transport=ssh',
      'monitor_scripts=/bin/true',
    ],
  );
  const { exit, text } = await fromLibvirt(vm, true);
  expect(exit).toBe(0);
  const commands = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(commands[0]).toBe(
    "virsh --connect xen:///system domxml-to-native xen-xl --xml '/etc/xen vms/a.xml' >'/etc/xen/cluster/my vm.cfg'",
  );
  const index = (part: string) => commands.findIndex((line) => line.includes(part));
  const order = [
    'value Stopped',
    'provider="virt" type="Xen"',
    'set-parameter xmfile',
    '--refresh',
    'value Started',
  ].map(index);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order[0]).toBeGreaterThan(0);
  const gone = [...text.matchAll(/--delete-parameter (\S+)/g)].map(([, name]) => name);
  expect(gone).toEqual(['config', 'hypervisor', 'migration_transport']);
});

it('without --dry-run they are refused, with the way to the steps', async () => {
  const vm = await resources('config=/a.xml', 'hypervisor=xen:///system');
  await expect(fromLibvirt(vm, false)).rejects.toMatchObject({
    exit: 2,
    message: expect.stringContaining('it has to be stopped once'),
    remedy: expect.stringContaining("ocf-virt adopt 'my vm' --dry-run"),
  });
});

it('domains of another hypervisor, or of nobody knows which, are refused', async () => {
  const qemu = await resources('config=/a.xml', 'hypervisor=qemu:///system');
  await expect(fromLibvirt(qemu, true)).rejects.toThrow('on qemu:///system');
  await expect(fromLibvirt(await resources('config=/a.xml'), true)).rejects.toThrow('its hypervisor is not set');
});
