import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const hypervisor = ['xen-init-dom0', 'xenstored', 'xendomains', 'vmware'];

/**
 * Writes units that stand for a host's hypervisors and cluster into a Debian, and `shutdown-test.target`, which starts
 * them all and powers off. Each writes to /var/log/order when it was started and stopped; Pacemaker takes the longest to stop, as it does
 * while VMs move. What systemd says of ocf-virt-preload.service is in /var/log/preload.
 */
export function writeShutdownUnits(changes: string): void {
  const write = (path: string, text: string) => {
    const file = join(changes, 'etc/systemd/system', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const says = (name: string, seconds: number) => `Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo started ${name} >>/var/log/order'
ExecStop=/bin/sh -c 'sleep ${seconds}; echo stopped ${name} >>/var/log/order'
`;
  for (const name of hypervisor) write(`${name}.service`, `[Service]\n${says(name, 0)}`);
  for (const name of ['pacemaker', 'corosync']) {
    // The units as their packages bring them, with another program in place of the daemon.
    const reset = 'Restart=no\nEnvironmentFile=\nExecStart=\nExecStop=\n';
    write(`${name}.service.d/test.conf`, `[Unit]\nConditionKernelCommandLine=\n[Service]\n${reset}${says(name, 1)}`);
  }
  const all = [...hypervisor, 'corosync', 'pacemaker'].map((name) => `${name}.service`).join(' ');
  write('shutdown-test.target', `[Unit]\nRequires=sysinit.target\nWants=${all} poweroff-soon.service\n`);
  const tell = `/bin/sh -c 'systemctl show -p ExecStart ocf-virt-preload >/var/log/preload'`;
  const off = `Type=oneshot\nExecStart=${tell}\nExecStart=systemctl --no-block poweroff\n`;
  write('poweroff-soon.service', `[Unit]\nAfter=${all} ocf-virt-preload.service\n[Service]\n${off}`);
}
