import { basename } from 'node:path';
import { now } from '../clock.ts';
import { datastorePath, storeOf } from './datastores.ts';
import type { Entry } from './inventory.ts';
import { dashed } from './uuid.ts';
import type { PowerState } from './vim-fault.ts';
import type { Vm } from './vm.ts';

/** What hostd knows of a VM. */
export interface Subject {
  readonly entry: Entry;
  readonly values: ReadonlyMap<string, string>;
  readonly vm: Vm | undefined;
  readonly power: PowerState;
  readonly tools: 'none' | 'silent' | 'running';
}

const toolsStatus = { none: 'toolsNotInstalled', silent: 'toolsNotRunning', running: 'toolsOk' } as const;
const toolsRunning = {
  none: 'guestToolsNotRunning',
  silent: 'guestToolsNotRunning',
  running: 'guestToolsRunning',
} as const;
const toolsVersion = {
  none: 'guestToolsNotInstalled',
  silent: 'guestToolsCurrent',
  running: 'guestToolsCurrent',
} as const;

const specialGuests: Record<string, string> = { winxppro: 'winXPProGuest', otherlinux: 'otherLinuxGuest' };

/** The name that hostd gives the guestOS of a .vmx. */
export function guestId(values: ReadonlyMap<string, string>): string {
  const name = values.get('guestos') ?? 'other';
  return specialGuests[name.toLowerCase()] ?? `${name.replaceAll('-', '_')}Guest`;
}

export const hardwareVersion = (values: ReadonlyMap<string, string>) =>
  `vmx-${(values.get('virtualhw.version') ?? '4').padStart(2, '0')}`;

export const displayName = ({ entry, values }: Pick<Subject, 'entry' | 'values'>) =>
  values.get('displayname') ?? basename(entry.path, '.vmx');

/** `key = value,` lines of an object, one level in. */
function block(indent: string, lines: readonly string[]): string {
  return lines.map((line) => `${indent}${line},\n`).join('');
}

function questionOf({ vm }: Subject, indent: string): string {
  const question = vm?.question;
  if (!question) return 'question = (vim.vm.QuestionInfo) null';
  const choices = question.choices.map(
    (label, key) =>
      `${indent}      (vim.ElementDescription) {\n${indent}         key = "${key}",\n${indent}         label = "${label}",\n${indent}      }`,
  );
  return `question = (vim.vm.QuestionInfo) {
${indent}   dynamicType = <unset>,
${indent}   id = "${question.id}",
${indent}   text = "${question.message}:${question.text}",
${indent}   choice = (vim.option.ChoiceOption) {
${choices.join(',\n')}
${indent}      defaultIndex = ${question.preset},
${indent}   },
${indent}}`;
}

const time = (ms: number) => `"${new Date(ms).toISOString().replace('Z', '000Z')}"`;
const bootTime = ({ vm }: Subject) => (vm ? time(vm.since) : '<unset>');

/** The answer of vmsvc/get.runtime. */
export function runtime(subject: Subject): string {
  return `Runtime information
(vim.vm.RuntimeInfo) {
${block('   ', [
  'dynamicType = <unset>',
  "host = 'vim.HostSystem:ha-host'",
  'connectionState = "connected"',
  `powerState = "${subject.power}"`,
  'faultToleranceState = "notConfigured"',
  'dasVmProtection = (vim.vm.RuntimeInfo.DasProtectionState) null',
  'toolsInstallerMounted = false',
  'suspendTime = <unset>',
  `bootTime = ${bootTime(subject)}`,
  'suspendInterval = 0',
  questionOf(subject, '   '),
  'memoryOverhead = 36478976',
  'maxCpuUsage = 2496',
  `maxMemoryUsage = ${subject.values.get('memsize') ?? 32}`,
  'numMksConnections = 0',
  'recordReplayState = "inactive"',
  'cleanPowerOff = <unset>',
  'needSecondaryReason = <unset>',
  'onlineStandby = false',
  'minRequiredEVCModeKey = <unset>',
  'consolidationNeeded = false',
  'vFlashCacheAllocation = 0',
])}}
`;
}

/** The answer of vmsvc/get.summary. */
export function summary(subject: Subject): string {
  const { entry, values, power, tools } = subject;
  const isOn = power === 'poweredOn';
  const address = subject.vm?.behaviour.address;
  const count = (pattern: RegExp) =>
    [...values].filter(([key, value]) => pattern.test(key) && /^true$/i.test(value)).length;
  const disks = [...values].filter(([key, value]) => key.endsWith('.filename') && value.endsWith('.vmdk')).length;
  const unset = (names: readonly string[]) => names.map((name) => `${name} = <unset>`);
  const inner = (name: string, type: string, lines: readonly string[]) =>
    `  ${name} = (${type}) {\n${block('     ', ['dynamicType = <unset>', ...lines])}  },\n`;
  return `Listsummary:
(vim.vm.Summary) {
  dynamicType = <unset>,
  vm = 'vim.VirtualMachine:${entry.id}',
${inner('runtime', 'vim.vm.RuntimeInfo', [
  "host = 'vim.HostSystem:ha-host'",
  'connectionState = "connected"',
  `powerState = "${power}"`,
  'faultToleranceState = "notConfigured"',
  'toolsInstallerMounted = false',
  'suspendTime = <unset>',
  `bootTime = ${bootTime(subject)}`,
  'suspendInterval = 0',
  questionOf(subject, '     '),
  'memoryOverhead = 119189504',
  'maxCpuUsage = 2000',
  `maxMemoryUsage = ${values.get('memsize') ?? 32}`,
  'numMksConnections = 0',
  'recordReplayState = "inactive"',
  ...unset(['cleanPowerOff', 'needSecondaryReason']),
])}${inner('guest', 'vim.vm.Summary.GuestSummary', [
  `guestId = "${guestId(values)}"`,
  `guestFullName = "${guestId(values)}"`,
  `toolsStatus = "${toolsStatus[tools]}"`,
  `toolsVersionStatus = "${toolsVersion[tools]}"`,
  `toolsRunningStatus = "${toolsRunning[tools]}"`,
  'hostName = <unset>',
  `ipAddress = ${isOn && address ? `"${address}"` : '<unset>'}`,
])}${inner('config', 'vim.vm.Summary.ConfigSummary', [
  `name = "${displayName(subject)}"`,
  'template = false',
  `vmPathName = "${datastorePath(entry.path)}"`,
  `memorySizeMB = ${values.get('memsize') ?? 32}`,
  ...unset(['cpuReservation', 'memoryReservation']),
  `numCpu = ${values.get('numvcpus') ?? 1}`,
  `numEthernetCards = ${count(/^ethernet\d+\.present$/)}`,
  `numVirtualDisks = ${disks}`,
  `uuid = "${dashed(values.get('uuid.bios') ?? '')}"`,
  'instanceUuid = ""',
  `guestId = "${guestId(values)}"`,
  `guestFullName = "${guestId(values)}"`,
  `annotation = "${values.get('annotation') ?? ''}"`,
  'product = (vim.vApp.ProductInfo) null',
  'installBootRequired = <unset>',
  'ftInfo = (vim.vm.FaultToleranceConfigInfo) null',
])}${inner('storage', 'vim.vm.Summary.StorageSummary', [
  'committed = 4408509391',
  'uncommitted = 11697668096',
  'unshared = 4408509391',
  `timestamp = ${time(now())}`,
])}${inner('quickStats', 'vim.vm.Summary.QuickStats', [
  `overallCpuUsage = ${isOn ? 20 : '<unset>'}`,
  'overallCpuDemand = <unset>',
  `guestMemoryUsage = ${isOn ? 40 : '<unset>'}`,
  `hostMemoryUsage = ${isOn ? 652 : '<unset>'}`,
  `guestHeartbeatStatus = "${tools === 'running' ? 'green' : 'gray'}"`,
  ...unset([
    'distributedCpuEntitlement',
    'distributedMemoryEntitlement',
    'staticCpuEntitlement',
    'staticMemoryEntitlement',
    'privateMemory',
    'sharedMemory',
    'swappedMemory',
    'balloonedMemory',
    'consumedOverheadMemory',
    'ftLogBandwidth',
    'ftSecondaryLatency',
    'ftLatencyStatus',
  ]),
])}  overallStatus = "green",
}
`;
}

/** The answer of vmsvc/get.guest. */
export function guest({ vm, tools, values, power }: Subject): string {
  const address = tools === 'running' ? vm?.behaviour.address : null;
  return `Guest information:

(vim.vm.GuestInfo) {
${block('   ', [
  `toolsStatus = "${toolsStatus[tools]}"`,
  `toolsVersionStatus = "${toolsVersion[tools]}"`,
  `toolsVersionStatus2 = "${toolsVersion[tools]}"`,
  `toolsRunningStatus = "${toolsRunning[tools]}"`,
  `toolsVersion = "${tools === 'none' ? 0 : 8384}"`,
  'toolsInstallType = "guestToolsTypeUnknown"',
  'guestId = <unset>',
  'hostName = <unset>',
  `ipAddress = ${address ? `"${address}"` : '<unset>'}`,
  `guestState = "${power === 'poweredOn' ? 'running' : 'notRunning'}"`,
  `hwVersion = "${hardwareVersion(values)}"`,
])}}
`;
}

/** The answer of vmsvc/get.datastores: the one that holds the VM. */
export function datastores({ entry }: Subject): string {
  const store = storeOf(entry.path);
  if (!store) return '';
  return `name                 ${store[0]}
url                  ${store[1]}
capacity             10468982784
freeSpace            9544138752
accessible           1
type                 VMFS
multipleHostAccess   <unset>
`;
}
