import { holds, type Network, parseNetwork } from '../../lib/ocf/network.ts';
import { type Mistake, readYaml, type YamlValue } from './yaml.ts';

/** All that `ocf-virt init` has to know of a cluster. */
export interface Site {
  readonly cluster: string;
  readonly hypervisor: 'xen' | 'vmware';
  readonly networks: Networks & { readonly cluster: string };
  readonly hosts: readonly SiteHost[];
  readonly fencing: Fencing | undefined;
  readonly storage: NfsStorage | undefined;
  readonly boot: NetworkBoot | undefined;
}

/** `cluster` is corosync's first link, and hosts boot over it; `second` is its second link. */
const linkNames = ['cluster', 'second'] as const;
type LinkName = (typeof linkNames)[number];

/** As ADDRESS/PREFIX. `migration` may be one of the others. */
type Networks = Readonly<Record<LinkName | 'migration', string | undefined>>;

export interface SiteHost {
  readonly name: string;
  /** In lower case with colons; undefined when the hosts do not boot over the network. */
  readonly mac: string | undefined;
  /** By link of corosync. */
  readonly addresses: Readonly<Partial<Record<LinkName, string>>>;
  /** Parameters of its fencing device, over those that all have. */
  readonly fencing: Readonly<Record<string, string>>;
}

export interface Fencing {
  /** For example `fence_ipmilan`. */
  readonly agent: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Where the VMs lie. */
export interface NfsStorage {
  /** `SERVER:/PATH`. */
  readonly source: string;
  /** Where all nodes mount it. */
  readonly directory: string;
}

/** The hosts have no disks: they boot over the network of the cluster. */
export interface NetworkBoot {
  /** The address of the DHCP, TFTP and NFS server. */
  readonly server: string;
  readonly router: string | undefined;
  readonly dns: string | undefined;
  /** Folder on the server with a root file system for each host. */
  readonly roots: string;
  /** What the server serves by TFTP. */
  readonly tftp: string;
  /** What domain 0 of Xen gets, in MiB. */
  readonly dom0MiB: number | undefined;
}

/**
 * Reads and checks a list of hosts.
 *
 * @returns what it says, or all mistakes in it.
 */
export function readSite(text: string): Site | { readonly mistakes: readonly Mistake[] } {
  const { root, mistakes } = readYaml(text);
  const site = root === undefined ? undefined : siteOf(root);
  if (site === undefined || mistakes.length > 0) return { mistakes: mistakes.toSorted((a, b) => a.line - b.line) };
  return site;
}

const keys = ['cluster', 'hypervisor', 'networks', 'hosts', 'fencing', 'storage', 'boot'];

function siteOf(root: YamlValue): Site | undefined {
  const all = root.map(keys);
  const cluster = word(required(all, 'cluster', root), /^[A-Za-z0-9_-]{1,15}$/, 'up to 15 letters, digits, - and _');
  const hypervisor = word(required(all, 'hypervisor', root), /^(xen|vmware)$/, 'xen or vmware');
  const networks = networksOf(required(all, 'networks', root));
  const boot = bootOf(all.get('boot'), networks.cluster);
  const hosts = hostsOf(required(all, 'hosts', root), networks, boot !== undefined);
  const fencing = fencingOf(all.get('fencing'));
  const storage = storageOf(all.get('storage'));
  if (cluster === undefined || hypervisor === undefined || networks.cluster === undefined) return undefined;
  return {
    cluster,
    hypervisor: hypervisor === 'xen' ? 'xen' : 'vmware',
    networks: { ...networks, cluster: networks.cluster },
    hosts,
    fencing,
    storage,
    boot,
  };
}

function networksOf(value: YamlValue | undefined): Networks {
  const all = value?.map([...linkNames, 'migration']) ?? new Map<string, YamlValue>();
  if (value !== undefined) required(all, 'cluster', value);
  const network = (key: string) => {
    const text = all.get(key)?.text();
    if (text !== undefined && parseNetwork(text)?.family !== 4)
      all.get(key)?.mistake(`${JSON.stringify(text)} is no IPv4 network, for example 10.0.0.0/24`);
    return text;
  };
  return { cluster: network('cluster'), second: network('second'), migration: network('migration') };
}

function hostsOf(value: YamlValue | undefined, networks: Networks, needsMac: boolean): SiteHost[] {
  const names = unique('the name');
  const macs = unique('the MAC address');
  const addresses = unique('the address');
  const hosts = (value?.list() ?? []).map((host): SiteHost => {
    const all = host.map(['name', 'mac', 'addresses', 'fencing']);
    const name = all.get('name');
    const mac = needsMac ? required(all, 'mac', host) : all.get('mac');
    required(all, 'name', host);
    const given = required(all, 'addresses', host)?.map(linkNames) ?? new Map<string, YamlValue>();
    const found = linkNames.flatMap((key) => {
      const one = given.get(key);
      const network = networks[key];
      if (network === undefined) one?.mistake(`is in no network: networks has no ${key}`);
      else if (one === undefined) host.mistake(`has no address in the network ${key} (${network})`);
      const address = addresses(one, ipv4(one, network === undefined ? undefined : parseNetwork(network)));
      return address === undefined ? [] : [[key, address] as const];
    });
    return {
      name: names(name, word(name, /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'a host name: a-z, 0-9 and -')) ?? '',
      mac: macs(mac, word(mac, /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'as 52:54:00:12:34:56')?.toLowerCase()),
      addresses: Object.fromEntries(found),
      fencing: parametersOf(all.get('fencing')),
    };
  });
  if (value !== undefined && (hosts.length === 0 || hosts.length > 32)) value.mistake('must be 1 to 32 hosts');
  return hosts;
}

/** Says when the same value comes twice. */
function unique(what: string) {
  const seen = new Map<string, number>();
  return (value: YamlValue | undefined, text: string | undefined): string | undefined => {
    if (value === undefined || text === undefined) return text;
    const before = seen.get(text);
    if (before !== undefined) value.mistake(`is not unique: ${what} ${text} is that of line ${before}, too`);
    seen.set(text, value.line);
    return text;
  };
}

function fencingOf(value: YamlValue | undefined): Fencing | undefined {
  if (value === undefined) return undefined;
  const all = value.map(['agent', 'parameters']);
  const agent = word(required(all, 'agent', value), /^fence_[a-z0-9_]+$/, 'a fence agent, for example fence_ipmilan');
  return agent === undefined ? undefined : { agent, parameters: parametersOf(all.get('parameters')) };
}

function parametersOf(value: YamlValue | undefined): Readonly<Record<string, string>> {
  const found = [...(value?.map() ?? [])].map(([key, one]) => [key, word(one, plainText, 'plain text') ?? ''] as const);
  return Object.fromEntries(found);
}

function storageOf(value: YamlValue | undefined): NfsStorage | undefined {
  if (value === undefined) return undefined;
  const all = value.map(['nfs', 'directory']);
  const source = word(required(all, 'nfs', value), /^[\w.:[\]-]+:\/[^\s"\\]*$/, 'as 10.0.0.1:/srv/vms');
  const directory = folder(required(all, 'directory', value));
  return source === undefined || directory === undefined ? undefined : { source, directory };
}

function bootOf(value: YamlValue | undefined, network: string | undefined): NetworkBoot | undefined {
  if (value === undefined) return undefined;
  const all = value.map(['server', 'router', 'dns', 'roots', 'tftp', 'dom0_memory']);
  const inNetwork = network === undefined ? undefined : parseNetwork(network);
  const server = ipv4(required(all, 'server', value), inNetwork);
  const roots = folder(required(all, 'roots', value));
  const tftp = folder(required(all, 'tftp', value));
  const memory = word(all.get('dom0_memory'), /^[1-9]\d{0,6}$/, 'a number of MiB');
  return {
    server: server ?? '',
    router: ipv4(all.get('router'), inNetwork),
    dns: ipv4(all.get('dns'), undefined),
    roots: roots ?? '',
    tftp: tftp ?? '',
    dom0MiB: memory === undefined ? undefined : Number(memory),
  };
}

/** Without what has a meaning in the files that it comes into. */
const plainText = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

const folder = (value: YamlValue | undefined) =>
  word(value, /^(\/[A-Za-z0-9_.-]+)+$/, 'the absolute path of a folder, without blanks')?.replace(/\/+$/, '');

function word(value: YamlValue | undefined, form: RegExp, description: string): string | undefined {
  const text = value?.text();
  if (text === undefined || form.test(text)) return text;
  value?.mistake(`${JSON.stringify(text)} must be ${description}`);
  return undefined;
}

function ipv4(value: YamlValue | undefined, network: Network | undefined): string | undefined {
  const text = value?.text();
  if (text === undefined) return undefined;
  const isAddress = parseNetwork(`${text}/32`)?.family === 4;
  if (isAddress && (network === undefined || holds(network, text))) return text;
  value?.mistake(isAddress ? `${text} is not in its network` : `${JSON.stringify(text)} is no IPv4 address`);
  return undefined;
}

function required(all: ReadonlyMap<string, YamlValue>, key: string, parent: YamlValue): YamlValue | undefined {
  const found = all.get(key);
  if (found === undefined) parent.mistake(`has no ${key}`);
  return found;
}
