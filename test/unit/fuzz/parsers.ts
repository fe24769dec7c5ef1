import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parameters as vmwareParameters } from '../../../agents/vmware/parameters.ts';
import { parameters } from '../../../agents/xen/parameters.ts';
import { judgeAudit } from '../../../build/audit.ts';
import { readAlert } from '../../../cli/alarm/alert.ts';
import { parseRecipient } from '../../../cli/alarm/recipient.ts';
import { printable, printableOutput } from '../../../cli/printable.ts';
import { parseTrace } from '../../../cli/run/programs.ts';
import { parseSince } from '../../../cli/since.ts';
import { readParameters } from '../../../lib/agent/parameter.ts';
import { parseCib, parseInterval } from '../../../lib/cluster/cib.ts';
import { parseHistory } from '../../../lib/cluster/history.ts';
import { parseFencing, parseNodes } from '../../../lib/cluster/node-fate.ts';
import { parsePlan } from '../../../lib/cluster/plan.ts';
import { parseSimulation } from '../../../lib/cluster/simulation.ts';
import { parseStatus } from '../../../lib/cluster/status.ts';
import { parseEvent } from '../../../lib/history/event.ts';
import { parseDatastores, pathOf } from '../../../lib/hypervisor/vmware/datastores.ts';
import { machineNameHash, parseLockMember } from '../../../lib/hypervisor/vmware/lock-member.ts';
import { describeQuestion, isAboutUuid, parseAnswerRules } from '../../../lib/hypervisor/vmware/question.ts';
import { parseMessage } from '../../../lib/hypervisor/vmware/vim-cmd.ts';
import {
  faultOf,
  parseDatastoreLines,
  parseInventory,
  summaryOf,
} from '../../../lib/hypervisor/vmware/vim-cmd-look.ts';
import { messageIn } from '../../../lib/hypervisor/vmware/vm-log.ts';
import { errorOf, parseList } from '../../../lib/hypervisor/vmware/vmrun-look.ts';
import { parseDialogue, vmwareCmd } from '../../../lib/hypervisor/vmware/vmware-cmd.ts';
import { resultOf, stateByVmwareCmd, vmControlError } from '../../../lib/hypervisor/vmware/vmware-cmd-look.ts';
import { parseVmx, vmxValue } from '../../../lib/hypervisor/vmware/vmx-file.ts';
import { domainNameProblem } from '../../../lib/hypervisor/xen/domain-name.ts';
import { daemonOf, domainProcesses } from '../../../lib/hypervisor/xen/domain-processes.ts';
import { ConfigSyntaxError, parseConfig } from '../../../lib/hypervisor/xen/xl-config.ts';
import { parseDisk } from '../../../lib/hypervisor/xen/xl-disk.ts';
import { parseInfo } from '../../../lib/hypervisor/xen/xl-info.ts';
import { parseDomainList } from '../../../lib/hypervisor/xen/xl-list.ts';
import { stateInList } from '../../../lib/hypervisor/xen/xl-look.ts';
import { bridgeOf, defaultBridge } from '../../../lib/hypervisor/xen/xl-vif.ts';
import { domainsIn, splitVerbose } from '../../../lib/hypervisor/xen/xl-vms.ts';
import { isHostAddress } from '../../../lib/ocf/address.ts';
import { readEnvironment } from '../../../lib/ocf/environment.ts';
import { OcfError } from '../../../lib/ocf/error.ts';
import { exitReason } from '../../../lib/ocf/exit-reason.ts';
import { parseNetwork } from '../../../lib/ocf/network.ts';
import { readAnswer, writeAnswer } from '../../../lib/survey/answer.ts';
import { exitReasonIn } from '../../../lib/survey/exit-reasons.ts';
import { parseCpu } from '../../../lib/survey/host.ts';
import { parseInterfaces } from '../../../lib/survey/network.ts';
import { parseLvmSettings, parseShellSettings } from '../../../lib/survey/services.ts';
import { needsOfVmx, needsOfXl } from '../../../lib/survey/vm-configs.ts';
import { parseAddresses } from '../../../lib/system/addresses.ts';
import { commandLinesAreHidden } from '../../../lib/system/hidden-command-lines.ts';
import { oneLine } from '../../../lib/system/log.ts';
import { lastWords, type Reply } from '../../../lib/system/runner.ts';
import { quoteWord, splitWords } from '../../../lib/system/shell-words.ts';

/** Something that reads what a tool, a file or a person has written. */
export interface Parser {
  readonly name: string;
  /** Texts as they are when all is well. */
  readonly corpus: readonly string[];
  readonly run: (text: string) => unknown;
  /** The errors that it is documented to throw, beside OcfError. */
  readonly throws?: readonly (abstract new (
    ...args: never[]
  ) => Error)[];
}

const fixtures = join(import.meta.dirname, '../../fixtures');
const files = (folder: string, pattern: RegExp) =>
  readdirSync(join(fixtures, folder))
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(join(fixtures, folder, name), 'latin1'));
const printed = (stdout: string) => ({ outcome: 'exited', code: 0, stdout, stderr: '' }) as const;
const complained = (stderr: string) => ({ outcome: 'exited', code: 1, stdout: '', stderr }) as const;

const list = `Name                                        ID   Mem VCPUs\tState\tTime(s)
Domain-0                                     0   900     1     r-----      31.3
vm01                                         7   128     1     -b----       3.5
vm02--incoming                               9   512     2     --p---       0.0
(null)                                      11   512     0     --p--d       0.0
`;
const verbose = `Name                                        ID   Mem VCPUs\tState\tTime(s) UUID                            Reason-Code\tSecurity Label
Domain-0                                     0   900     1     r-----      31.3 00000000-0000-0000-0000-000000000000        -\t-
vm01                                         7   128     1     -b----       3.5 12345678-1234-1234-1234-123456789abc        -\t-
`;
const cfg = `# a comment
name = "vm01" ; memory = 0x80
maxmem=256
disk = [ 'phy:/dev/vg/vm01,xvda,w', "file:/iso/x.iso,hdc:cdrom,r", 'format=raw, vdev=xvdb, access=rw, target=/dev/sd,b' ]
vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01',
        'script=vif-openvswitch,bridge=ovs0.7' ] # two
vif += [ 'backend=driver' ]
on_crash = 'preserve\\x41\\n'
`;
const cib = `<cib crm_feature_set="3.16.1"><configuration><crm_config><cluster_property_set id="p"><nvpair id="p1" name="stonith-enabled" value="true"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="node1"><instance_attributes id="n"><nvpair id="n1" name="ip_livemigration" value="192.0.2.1"/></instance_attributes></node></nodes>
<resources><template id="t" class="ocf" provider="virt" type="Xen"><operations><op id="o" name="monitor" interval="10s"/></operations></template>
<clone id="c"><meta_attributes id="m"><nvpair id="m1" name="clone-max" value="2"/></meta_attributes><group id="g"><primitive id="vm01" template="t"><instance_attributes id="i"><nvpair id="i1" name="xmfile" value="/etc/xen/vm01.cfg"/></instance_attributes></primitive></group></clone></resources>
<constraints><rsc_location id="l" rsc="vm01"><rule id="r" score="-INFINITY"><expression id="e" attribute="x" operation="eq" value="1"/></rule></rsc_location></constraints></configuration>
<status><node_state id="1" uname="node1"><transient_attributes id="1"><instance_attributes id="s"><nvpair id="s1" name="a" value="b"/></instance_attributes></transient_attributes>
<lrm id="1"><lrm_resources><lrm_resource id="vm01"><lrm_rsc_op id="x" operation="migrate_to" operation_key="vm01_migrate_to_0" rc-code="0" op-status="0" migrate_target="node2" on_node="node1" last-rc-change="1795279572" transition-key="8:26:0:a6ce2f9c-afd9-403c-83a4-2ccc935b1433" exit-reason="vm01: &lt;&amp;"/></lrm_resource></lrm_resources></lrm></node_state></status></cib>`;
const status = cib.slice(cib.indexOf('<status>'), cib.indexOf('</cib>'));
const mon = `<pacemaker-result api-version="2.25"><summary><current_dc present="true" name="node1" with_quorum="true"/></summary>
<nodes><node name="node1" online="true" standby="false" maintenance="false" pending="false" unclean="false" expected_up="true"/></nodes>
<resources><clone id="c"><resource id="vm01" resource_agent="ocf::virt:Xen" role="Started" active="true" managed="true" failed="false" pending="Migrating"><node name="node1" id="1"/></resource></clone></resources>
<failures><failure op_key="vm01_monitor_10000" node="node1" exitcode="1" exitreason="vm01 is paused"/></failures></pacemaker-result>`;
const fencing = `<pacemaker-result><list name="Fencing history"><fence_event target="node2" action="reboot" status="success" completed="2026-11-21 07:12:49.123456 +01:00"/><fence_event target="node2" action="off" status="pending"/></list></pacemaker-result>`;
const simulation = `<pacemaker-result><allocations_utilizations><node_weight function="f" node="node1" score="-INFINITY" id="vm01"/><capacity comment="Remaining" node="node1"><hv_memory>512</hv_memory></capacity></allocations_utilizations>
<actions><rsc_action action="migrate" resource="vm01" source="node1" dest="node2"/></actions><revised_cluster_status><nodes><node name="node1" online="true" standby="false"/></nodes><resources><resource id="vm01" active="true"><node name="node1"/></resource></resources></revised_cluster_status></pacemaker-result>`;
const event = `{"time":1795279572000,"node":"node1","vm":"vm01","event":"failed","action":"monitor","exit":1,"reason":"vm01 is paused","seconds":1.5,"id":7}`;
const ip = `[{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,"master":"xenbr0","linkinfo":{"info_kind":"bridge"},"addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24,"scope":"global"},{"local":"fe80::1","scope":"link","tentative":true}]}]`;
const log = `Nov 21 07:12:49 node1 pacemaker-execd [812] (log_op_output) notice: vm01_migrate_to_0[4711] error output [ ocf-exit-reason:vm01 goes on running here. Try it by hand ]
Nov 21 07:12:49 node1 pacemaker-controld [815] notice: vm01_migrate_to_0@node1 output [ ocf-exit-reason:vm01 goes on\\n ]
`;
const trace = `4711 execve("/usr/sbin/xl", ["xl", "list", "vm\\"01"], 0x7ffd /* 43 vars */) = 0
4712 execve("/usr/bin/ssh", ["ssh", "node2"], 0x7ffd /* 43 vars */ <unfinished ...>
4712 <... execve resumed>) = 0
`;
const cpuinfo = `processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 85
model name\t: Intel(R) Xeon(R)
flags\t\t: fpu vme de

processor\t: 1
`;
const mounts = `proc /proc proc rw,nosuid,hidepid=invisible,gid=0 0 0
tmpfs /run tmpfs rw 0 0
`;
const member = `6fQ3Rjo8YhxsZm9v 4711-812345(vmware-vmx) 1 X 812345 lc=1 `.padEnd(512, '\0');
const datastores = `<ConfigRoot><LocalDatastores><_length>1</_length><e id="0"><name>standard</name><path>/vms/</path></e></LocalDatastores></ConfigRoot>`;
const shell = `# xendomains
export XENDOMAINS_SAVE="/var/lib/xen/save"
XENDOMAINS_AUTO='/etc/xen/auto' # folder
XENDOMAINS_RESTORE=true
`;
const lvm = `\tuse_lvmlockd=1\n\tsystem_id_source="none \\"x\\""\n\tlocking_type = 3\n`;
const addresses = ['192.0.2.1', 'fe80::1%eth0', '2001:db8::192.0.2.1', 'node1.example.org.', '; reboot'];
const words = [`-p 2222 -i '/root/my key' -o "Proxy\\"Command=x" a\\ b`, `it's`];
const vmx = files('vmware', /\.vmx\.txt$/);
const xl = files('xen', /^xl-4\.17-(?!list|reboot).*\.txt$/);
const vmwareTexts = (pattern: RegExp) => files('vmware', pattern);

/** What `vmware-cmd VMX answer` is made of as it is printed, piece by piece. */
function converse(text: string): unknown {
  const heard: unknown[] = [];
  const commands = vmwareCmd({
    runner: {
      converse: async (_program: string, _args: readonly string[], reply: Reply) => {
        const half = Math.floor(text.length / 2);
        for (const part of [text.slice(0, half), text]) heard.push(reply(part));
        return printed(text);
      },
    },
    program: 'vmware-cmd',
    options: [],
    vmxpath: '/vms/x.vmx',
    realPath: () => '/vms/x.vmx',
    known: undefined,
  } as never);
  return commands.ask(undefined, ({ choices }) => choices[0], { within: () => ({}) } as never);
}

/** Every parser of the project. */
export const parsers: readonly Parser[] = [
  { name: 'xl list', corpus: [list, ...files('xen', /list/)], run: parseDomainList },
  {
    name: 'xl list of one domain',
    corpus: [list],
    run: (text) => stateInList(printed(text), { name: 'vm01', processes: () => domainProcesses([], 'vm01') }),
  },
  {
    name: 'xl list -v',
    corpus: [verbose, ...files('xen', /list-v/)],
    run: (text) => [splitVerbose(text), domainsIn(printed(text), [])],
  },
  { name: 'xl info', corpus: files('xen', /info/), run: parseInfo },
  { name: 'xl.cfg', corpus: [cfg], run: (text) => needsOfXl(parseConfig(text), 'xenbr0'), throws: [ConfigSyntaxError] },
  {
    name: 'disk=',
    corpus: [
      'phy:/dev/vg/vm01,xvda,w',
      'format=raw, vdev=xvdb, access=rw, target=/dev/sd,b',
      'tap2:aio:/x,hdc:cdrom,r',
      'drbd:vm,xvda,w',
    ],
    run: parseDisk,
  },
  {
    name: 'vif=',
    corpus: ['bridge=xenbr0,mac=00:16:3e:00:00:01', 'script=vif-openvswitch,bridge=ovs0.7:8'],
    run: (text) => bridgeOf(text),
  },
  { name: 'xl.conf', corpus: ['vif.default.bridge="br0" # x\nautoballoon="auto"\n'], run: defaultBridge },
  {
    name: 'log name of a daemon',
    corpus: ['/var/log/xen/xl-vm01.log', '/var/log/xen/xl-vm01--incoming.log.1 (deleted)'],
    run: (text) => daemonOf({ pid: 1, parent: 1, args: [], output: text }),
  },
  { name: 'name of a domain', corpus: ['vm01', 'web 1', '-h', 'x--incoming'], run: domainNameProblem },
  { name: 'last words of a tool', corpus: xl, run: (text) => [lastWords(complained(text)), lastWords(printed(text))] },
  { name: '.vmx', corpus: vmx, run: (text) => needsOfVmx('/vms/x.vmx', parseVmx(Buffer.from(text, 'latin1'))) },
  { name: '.vmx value', corpus: vmx, run: (text) => vmxValue(parseVmx(Buffer.from(text, 'latin1')), 'displayName') },
  {
    name: 'vmware-cmd getstate',
    corpus: vmwareTexts(/^a0/),
    run: (text) => [stateByVmwareCmd(printed(text)), resultOf(text, 'getstate'), vmControlError(complained(text))],
  },
  {
    name: 'question of vmware-cmd',
    corpus: vmwareTexts(/^a1/),
    run: (text) => {
      const question = parseDialogue(text);
      return question && [describeQuestion(question), isAboutUuid(question)];
    },
  },
  { name: 'dialogue with vmware-cmd', corpus: vmwareTexts(/^a1/), run: converse },
  { name: 'answer_questions', corpus: ['msg.uuid.altered=Keep; *=default', 'a=b=c'], run: parseAnswerRules },
  {
    name: 'vmrun list',
    corpus: vmwareTexts(/^b/),
    run: (text) => [parseList(printed(text)), errorOf(complained(text))],
  },
  { name: 'vim-cmd getallvms', corpus: vmwareTexts(/^c0[12]/), run: (text) => parseInventory(printed(text)) },
  { name: 'vim-cmd get.summary', corpus: vmwareTexts(/^c0[48]|^c1/), run: (text) => summaryOf(printed(text)) },
  { name: 'fault of vim-cmd', corpus: vmwareTexts(/^c/), run: faultOf },
  { name: 'question of vim-cmd', corpus: vmwareTexts(/^c0[67]/), run: parseMessage },
  {
    name: 'vim-cmd get.datastores',
    corpus: ['name                 standard\nurl                  /vms\ncapacity             1\n'],
    run: parseDatastoreLines,
  },
  { name: 'datastores.xml', corpus: [datastores, ...vmwareTexts(/^c11/)], run: parseDatastores, throws: [Error] },
  {
    name: 'path in a datastore',
    corpus: ['[standard] dir/x.vmx', '[] /vms/x.vmx', '/vms/x.vmx'],
    run: (text) => pathOf(text, new Map([['standard', '/vms']])),
  },
  { name: 'vmware.log', corpus: vmwareTexts(/\.log\.txt$/), run: messageIn },
  {
    name: 'lock file',
    corpus: [member],
    run: (text) => parseLockMember(Buffer.from(text.slice(0, 512).padEnd(512, '\0'), 'latin1')),
  },
  { name: 'machine id', corpus: ['6fQ3Rjo8YhxsZm9v'], run: machineNameHash },
  { name: 'cibadmin --query', corpus: [cib], run: parseCib },
  { name: 'cibadmin --scope status', corpus: [status], run: parseHistory },
  { name: 'crm_mon', corpus: [mon], run: parseStatus },
  { name: 'nodes of crm_mon', corpus: [mon], run: parseNodes },
  { name: 'stonith_admin --history', corpus: [fencing], run: (text) => parseFencing(text, 'node2') },
  {
    name: 'crm_simulate',
    corpus: [simulation],
    run: async (text) => [await parseSimulation(text), await parsePlan(text)],
  },
  { name: 'interval', corpus: ['10s', ' 20 min ', '5', '100ms'], run: parseInterval },
  { name: 'history', corpus: [event, `{"time":17952{"x${event}`], run: parseEvent },
  { name: 'ip address', corpus: [ip], run: parseAddresses, throws: [Error] },
  { name: 'ip -details address', corpus: [ip], run: (text) => parseInterfaces(text, () => 1000) },
  { name: 'address of a host', corpus: addresses, run: isHostAddress },
  { name: 'network', corpus: ['192.0.2.0/24', '2001:db8::/32', '::ffff:192.0.2.1/96'], run: parseNetwork },
  { name: 'words of a shell', corpus: words, run: splitWords, throws: [Error] },
  { name: 'quoting', corpus: words, run: quoteWord },
  {
    name: 'one line',
    corpus: [log],
    run: (text) => [oneLine(text), exitReason(oneLine(text)), printable(text), printableOutput(text)],
  },
  {
    name: 'survey',
    corpus: [`motd\n${writeAnswer({ host: { facts: {} } })}`],
    run: (text) => readAnswer(text, { host: {} }),
  },
  { name: 'log of Pacemaker', corpus: [log], run: (text) => exitReasonIn(text, 'vm01_migrate_to_0') },
  { name: '/proc/cpuinfo', corpus: [cpuinfo], run: parseCpu },
  { name: '/proc/self/mounts', corpus: [mounts], run: commandLinesAreHidden },
  { name: 'settings of a shell', corpus: [shell], run: parseShellSettings },
  { name: 'lvmconfig', corpus: [lvm], run: parseLvmSettings },
  { name: 'strace', corpus: [trace], run: parseTrace },
  {
    name: 'npm audit',
    corpus: ['{"vulnerabilities":{"a":{"severity":"low"}},"metadata":{"vulnerabilities":{"total":1}}}'],
    run: judgeAudit,
  },
  {
    name: 'alert',
    corpus: ['node1', 'Operation reboot of node2 by node1 for x: OK'],
    run: (text) =>
      ['node', 'fencing', 'resource'].map((kind) =>
        readAlert({ CRM_alert_kind: kind, CRM_alert_node: text, CRM_alert_desc: text, CRM_alert_rc: text }),
      ),
  },
  {
    name: 'recipient',
    corpus: ['mail:admin@example.org', 'https://chat.example.org/hooks/1', 'command:/usr/bin/page'],
    run: parseRecipient,
  },
  { name: '--since', corpus: ['7d', '2026-11-21 09:30', '1.5h'], run: (text) => parseSince(text, 0) },
  {
    name: 'parameters of Xen',
    corpus: ['/etc/xen/vm01.cfg', '2min', '-p 22', 'save', '100'],
    run: (text) => readParameters(parameters, Object.fromEntries(Object.keys(parameters).map((name) => [name, text]))),
  },
  {
    name: 'parameters of VMware',
    corpus: ['/vms/x.vmx', '2min', 'msg.uuid.altered=Keep'],
    run: (text) =>
      readParameters(vmwareParameters, Object.fromEntries(Object.keys(vmwareParameters).map((name) => [name, text]))),
  },
  {
    name: 'environment',
    corpus: ['20000', '1', 'vm01'],
    run: (text) =>
      readEnvironment('monitor', {
        OCF_RA_VERSION_MAJOR: '1',
        OCF_RESKEY_CRM_meta_timeout: text,
        OCF_RESOURCE_INSTANCE: text,
        OCF_CHECK_LEVEL: text,
        [`OCF_RESKEY_${text}`]: text,
      }),
  },
];

export const allowed = (parser: Parser, error: unknown): boolean =>
  error instanceof OcfError ||
  // A mistake of the parser is none of its documented errors.
  (![TypeError, RangeError, ReferenceError].some((mistake) => error instanceof mistake) &&
    (parser.throws ?? []).some((kind) => error instanceof kind));
