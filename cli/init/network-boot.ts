import { parseNetwork } from '../../lib/ocf/network.ts';
import type { SiteFile } from './files.ts';
import type { NetworkBoot, Site, SiteHost } from './site.ts';

/** What a server needs so that hosts without disks boot over the network: DHCP, TFTP, NFS, and GRUB. */
export function networkBootFiles(site: Site, boot: NetworkBoot): SiteFile[] {
  const server = (path: string, text: string): SiteFile => ({ path: `boot-server${path}`, text });
  return [
    server('/etc/dnsmasq.d/ocf-virt.conf', dnsmasqConf(site, boot)),
    server('/etc/exports.d/ocf-virt.exports', exportsFile(site, boot)),
    server(`${boot.tftp}/boot/grub/grub.cfg`, grubCfg),
    ...site.hosts.flatMap((host) => [
      server(`${boot.tftp}/boot/grub/hosts/${host.mac}.cfg`, hostCfg(host, site, boot)),
      server(`${boot.roots}/${host.name}/etc/hostname`, `${host.name}\n`),
      server(`${boot.roots}/${host.name}/etc/fstab`, fstab(host, boot)),
    ]),
  ];
}

/** Only hosts that are known get an answer: whatever else is in that network is left alone. */
function dnsmasqConf({ hosts, networks }: Site, { server, router, dns, tftp }: NetworkBoot): string {
  return `# DHCP and TFTP for the hosts of the cluster, and for nobody else.
port=0
listen-address=${server}
bind-interfaces
dhcp-range=${networks.cluster.split('/')[0]},static,${netmask(networks.cluster)}
dhcp-ignore=tag:!known
${hosts.map(({ name, mac, addresses }) => `dhcp-host=${mac},${addresses.cluster},${name}\n`).join('')}${
  router === undefined ? 'dhcp-option=option:router\n' : `dhcp-option=option:router,${router}\n`
}${dns === undefined ? 'dhcp-option=option:dns-server\n' : `dhcp-option=option:dns-server,${dns}\n`}# GRUB for UEFI (client architectures 7 and 9) and for BIOS, as grub-mknetdir lays it out.
dhcp-match=set:efi,option:client-arch,7
dhcp-match=set:efi,option:client-arch,9
dhcp-boot=tag:efi,boot/grub/x86_64-efi/core.efi
dhcp-boot=tag:!efi,boot/grub/i386-pc/core.0
enable-tftp
tftp-root=${tftp}
`;
}

/** sync: what a VM was told to be on the disk is there when the server has crashed. */
function exportsFile({ hosts, storage }: Site, { server, roots }: NetworkBoot): string {
  const to = ({ addresses }: SiteHost) => `${addresses.cluster}(rw,sync,no_root_squash,no_subtree_check)`;
  const [from, path] = storage === undefined ? [] : (/^(.*?):(\/.*)$/.exec(storage.source)?.slice(1) ?? []);
  return [
    ...hosts.map((host) => `${roots}/${host.name} ${to(host)}\n`),
    ...(from === server ? [`${path} ${hosts.map(to).join(' ')}\n`] : []),
  ].join('');
}

const grubCfg = `# Each host has a file of its own, named by the card that it boots from.
set timeout=3
configfile \${prefix}/hosts/\${net_default_mac}.cfg
`;

function hostCfg({ name, mac, addresses }: SiteHost, { hypervisor, networks }: Site, boot: NetworkBoot): string {
  const address = [addresses.cluster, boot.server, boot.router, netmask(networks.cluster), name, '', 'off'].join(':');
  const card = `BOOTIF=01-${mac?.replaceAll(':', '-')}`;
  const root = `root=/dev/nfs boot=nfs nfsroot=${boot.server}:${boot.roots}/${name} ip=${address} ${card} rw`;
  const memory = boot.dom0MiB === undefined ? '' : ` dom0_mem=${boot.dom0MiB}M,max:${boot.dom0MiB}M`;
  const lines =
    hypervisor === 'xen'
      ? [
          // The word in the place of the name of the file is dropped by whoever reads the line.
          `multiboot2 /${name}/xen.gz placeholder${memory}`,
          `module2 /${name}/vmlinuz placeholder ${root}`,
          `module2 --nounzip /${name}/initrd.img`,
        ]
      : [`linux /${name}/vmlinuz ${root}`, `initrd /${name}/initrd.img`];
  return `menuentry "${name}" {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`;
}

const fstab = ({ name }: SiteHost, { server, roots }: NetworkBoot) => `${server}:${roots}/${name} / nfs defaults 0 0
tmpfs /tmp tmpfs mode=1777,nosuid,nodev 0 0
`;

/** For example 255.255.255.0. */
function netmask(network: string): string {
  const { prefix = 0 } = parseNetwork(network) ?? {};
  const bits = '1'.repeat(prefix).padEnd(32, '0');
  return [0, 8, 16, 24].map((start) => Number.parseInt(bits.slice(start, start + 8), 2)).join('.');
}
