import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

interface Report {
  readonly nodes: readonly string[];
  readonly findings: readonly { check: string; severity: string; what: string; evidence: string[] }[];
}

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'check', tokenMs: 2000 });
  mkdirSync(join(cluster.sharedFolder, 'disks'));
  for (const vm of ['vm01', 'vm02', 'vm03']) {
    writeFileSync(join(cluster.sharedFolder, 'disks', vm), '');
    await cluster.createVm(vm, { params: {}, meta: { 'multiple-active': 'stop_unexpected' } });
    configure(vm, 'xenbr0');
  }
  for (const { name } of cluster.nodes) {
    await onNode(name, 'ip link add xenbr0 type bridge');
    await onNode(name, 'printf "XENDOMAINS_SAVE=\\nXENDOMAINS_RESTORE=false\\n" >/etc/default/xendomains');
    await cluster.crm('node', 'utilization', name, 'set', 'hv_memory', '3000');
  }
  await cluster.crm('configure', 'property', 'placement-strategy=balanced', 'migration-limit=2');
  for (const vm of ['vm01', 'vm02', 'vm03']) await cluster.waitRunning(vm);
});
afterAll(() => cluster?.down());

/** Writes a VM's configuration with a disk that all nodes see. */
function configure(vm: string, bridge: string, folder = 'configs', memory = 1024): void {
  mkdirSync(join(cluster.sharedFolder, folder), { recursive: true });
  writeFileSync(
    join(cluster.sharedFolder, folder, `${vm}.cfg`),
    `name = "${vm}"\nmemory = 256\nmaxmem = ${memory}\ntype = "pvh"\nvif = [ "bridge=${bridge}" ]\ndisk = [ "/shared/disks/${vm},raw,xvda,rw" ]\n`,
  );
}

const onNode = (node: string, script: string) => cluster.node(node).run(['sh', '-c', script]);

async function check(node: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await cluster
    .node(node)
    .exec(['ocf-virt', 'check', '--json', ...args], { timeout: 60_000 });
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Report) };
}

it('a cluster that is configured well has no finding, and exit code 0', async () => {
  expect(await check('node2', '--all-nodes', '--strict')).toMatchObject({
    code: 0,
    nodes: ['node1', 'node2', 'node3'],
    findings: [],
  });
});

it('without --all-nodes only this node is asked', async () => {
  await onNode('node3', 'ip link del xenbr0');
  expect(await check('node1')).toMatchObject({ code: 0, nodes: ['node1'], findings: [] });
  expect(await check('node3')).toMatchObject({ code: 1, findings: [{ check: 'vm-bridges' }, {}, {}].slice(0, 1) });
  await onNode('node3', 'ip link add xenbr0 type bridge');
});

it('what is wrong on the nodes is found on the nodes where it is', async () => {
  // node1: services that get into the way.
  await onNode(
    'node1',
    'printf "XENDOMAINS_SAVE=/var/lib/xen/save\\nXENDOMAINS_RESTORE=true\\n" >/etc/default/xendomains',
  );
  await onNode(
    'node1',
    `cp /bin/sleep /usr/local/sbin/libvirtd && (setsid libvirtd 600 >/dev/null 2>&1 &)
    printf '#!/bin/sh\\nprintf "Domain-0\\\\nvm02\\\\n"\\n' >/usr/local/sbin/virsh && chmod +x /usr/local/sbin/virsh`,
  );
  for (const node of ['node1', 'node2']) {
    await onNode(
      node,
      `printf '#!/bin/sh\\necho "  vg_vms|wz--n-"\\n' >/usr/local/sbin/vgs && chmod +x /usr/local/sbin/vgs`,
    );
  }
  // node2: a configuration of its own, another processor, no host key of node3, an older agent.
  configure('vm01', 'xenbr0', 'other');
  configure('vm02', 'xenbr7', 'other');
  await onNode(
    'node2',
    `rm /etc/xen/cluster && ln -s /shared/other /etc/xen/cluster
    echo 'disk = [ "/dev/vg_vms/vm01,raw,xvda,rw" ]' >>/etc/xen/cluster/vm01.cfg
    sed 's/^cpu family.*/cpu family : 99/' /proc/cpuinfo >/run/cpuinfo && mount --bind /run/cpuinfo /proc/cpuinfo
    sed -i 's/,10.89.1.13 / /' /root/.ssh/known_hosts
    cd /usr/lib/ocf/resource.d/virt && mkdir /opt/real && mv Xen /opt/real/ && ln -sf /usr/bin/ocf-virt /opt/real/Xen
    printf '#!/bin/sh\\n[ "$1" = meta-data ] || exec /opt/real/Xen "$@"\\n/opt/real/Xen "$@" | sed "s/Xen. version=.[^ ]*/Xen\\\\" version=\\\\"0.0.1\\\\"/"\\n' >Xen && chmod +x Xen`,
  );
  // node3: a clock that is a minute ahead, and another Xen.
  await onNode(
    'node3',
    `mv /usr/bin/ocf-virt /opt/ocf-virt
    cat >/usr/bin/ocf-virt <<'X'
#!/bin/sh
/opt/ocf-virt "$@" | sed "s/\\"timeMs\\":[0-9]*/\\"timeMs\\":$(($(date +%s) + 60))000/"
X
    chmod +x /usr/bin/ocf-virt`,
  );
  const info = (await cluster.node('node3').run(['xl', 'info'])).replaceAll('4.17.7', '4.14.0');
  cluster.setFault('node3', 'info', { kind: 'error', stdout: info, stderr: '', exit: 0 });

  const { code, findings } = await check('node1', '--all-nodes');
  expect(code).toBe(1);
  const seen = (id: string) =>
    findings
      .filter((one) => one.check === id)
      .map(({ what, evidence }) => [what, ...evidence].join('\n'))
      .join('\n');
  expect(seen('xendomains')).toMatch(/node1.*XENDOMAINS_SAVE=\/var\/lib\/xen\/save, XENDOMAINS_RESTORE=true/s);
  expect(seen('libvirt')).toMatch(/libvirt on node1 and the cluster both manage vm02/);
  expect(seen('lvm')).toMatch(/2 nodes see the volume group vg_vms.*not shared: on node1, node2/s);
  expect(seen('vm-config')).toMatch(/vm03 cannot start on node2.*No such file/s);
  expect(seen('vm-config')).toMatch(/vm01 is another VM depending on the node/);
  expect(seen('vm-storage')).toMatch(/vm01 cannot run on node2.*\/dev\/vg_vms\/vm01 is not there/s);
  expect(seen('vm-bridges')).toMatch(/node2 has no network xenbr7/);
  expect(seen('cpu')).toMatch(/family 99: node2/);
  expect(seen('ssh')).toMatch(/node2 -> 10.89.1.13 \(node3\): .*[Hh]ost key/);
  expect(seen('agents')).toMatch(/0\.0\.1: node2/);
  expect(seen('hypervisor')).toMatch(/Xen 4.14.0: node3/);
  expect(seen('clocks')).toMatch(/node3 is at least 5\d s ahead of node[12]/);
  expect(findings.filter(({ check }) => check === 'silent-node')).toEqual([]);
});

it('what is wrong in the configuration of the cluster is found, and mended by the commands that are shown', async () => {
  await cluster.crm('configure', 'property', 'stonith-enabled=false', 'no-quorum-policy=ignore', 'migration-limit=-1');
  const node = cluster.node('node1');
  const delete_ = (xpath: string) => node.run(['cibadmin', '--delete', '--xpath', xpath]);
  await delete_("//rsc_defaults//nvpair[@name='resource-stickiness']");
  await delete_("//primitive[@id='vm01']//op[@name='monitor']");
  await cluster.crm('resource', 'param', 'vm02', 'set', 'shutdown_timeout', '90');
  await cluster.crm('resource', 'utilization', 'vm03', 'set', 'tapes', '1');
  await cluster.crm('resource', 'meta', 'vm03', 'delete', 'multiple-active');
  await node.run(['crm_attribute', '--type', 'nodes', '--node', 'node3', '--name', 'ip_livemigration', '--delete']);
  await node.run(['crm_resource', '--ban', '--resource', 'vm03', '--node', 'node2']);
  const wrong = [
    ...['fencing', 'quorum', 'migration-limit', 'utilization', 'stickiness', 'monitor', 'deadlines', 'multiple-active'],
    ...['migration-address', 'left-over-move', 'migration-timeout'],
  ];
  const args = ['--rate', '1', '--only', ...wrong];
  const before = await check('node1', ...args);
  expect([...new Set(before.findings.map((finding) => finding.check))].sort()).toEqual(wrong.sort());
  expect(before.code).toBe(1);

  // The report is made to be copied: every line behind a `$`, with a value where one has to be thought of.
  const { stdout } = await node.exec(['ocf-virt', 'check', ...args]);
  const commands = stdout
    .replace(/ \\\n\s+/g, ' ')
    .split('\n')
    .flatMap((line) => /^ {4}\$ (.*)$/.exec(line)?.[1] ?? []);
  expect(commands.length).toBeGreaterThanOrEqual(wrong.length);
  for (const command of commands) {
    await onNode('node1', command.replace('ADDRESS', '10.89.1.13').replace('CAPACITY', '1'));
  }
  expect((await check('node1', ...args)).findings).toEqual([]);
});

it('a VM of two resources, one of the old agent, and what leaves a VM without help are found until they are mended', async () => {
  const wrong = ['maintenance', 'same-vm', 'old-agent', 'on-fail', 'start-timeout', 'memory'];
  const found = async () => (await check('node1', '--all-nodes', '--only', ...wrong)).findings;
  const node = cluster.node('node1');
  const setOperation = async (vm: string, name: string, attributes: string) => {
    const xpath = `//primitive[@id='${vm}']//op[@name='${name}']`;
    const [, id] = / id="([^"]+)"/.exec(await node.run(['cibadmin', '--query', '--xpath', xpath])) ?? [];
    await node.run(['cibadmin', '--modify', '--xml-text', `<op id="${id}" ${attributes}/>`]);
  };
  const stopped = ['meta', 'target-role=Stopped'];
  expect(await found()).toEqual([]);

  await cluster.crm('configure', 'property', 'maintenance-mode=true');
  await cluster.crm(
    'configure',
    'primitive',
    'twin',
    'ocf:virt:Xen',
    'params',
    'xmfile=/etc/xen/twin.cfg',
    'name=vm01',
    ...stopped,
  );
  await cluster.crm(
    'configure',
    'primitive',
    'old',
    'ocf:heartbeat:Xen',
    'params',
    'xmfile=/etc/xen/old.cfg',
    ...stopped,
  );
  await setOperation('vm02', 'monitor', 'on-fail="ignore"');
  await setOperation('vm03', 'start', 'timeout="5s"');
  configure('vm02', 'xenbr0', 'configs', 1 << 20);
  const findings = await found();
  expect([...new Set(findings.map((finding) => finding.check))].sort()).toEqual(wrong.sort());
  const said = findings.map(({ what }) => what).join('\n');
  for (const words of [
    'vm01 and twin are one VM',
    'failed monitor of vm02',
    'vm03 may fail to start',
    'When node1 fails',
  ]) {
    expect(said).toContain(words);
  }

  configure('vm02', 'xenbr0');
  await setOperation('vm02', 'monitor', 'on-fail="restart"');
  await setOperation('vm03', 'start', 'timeout="90s"');
  await cluster.crm('configure', 'delete', 'twin', 'old');
  await cluster.crm('configure', 'property', 'maintenance-mode=false');
  expect(await found()).toEqual([]);
});

it('two nodes that would fence each other at once are told so, and three are not', async () => {
  const args = 'check --json --only fence-race';
  const findings = async (before: string) =>
    (JSON.parse(await onNode('node1', `${before} ocf-virt ${args} || test $? = 1`)) as Report).findings;
  expect(await findings('')).toEqual([]);
  // The configuration as it would be with two nodes.
  await onNode(
    'node1',
    "cibadmin --query >/run/two.xml; CIB_file=/run/two.xml cibadmin --delete --xpath '//nodes/node[3]'",
  );
  expect(await findings('CIB_file=/run/two.xml')).toMatchObject([{ check: 'fence-race', severity: 'note' }]);
});

it('a hypervisor that does not answer is a problem of that node, and costs no other answer', async () => {
  cluster.setFault('node2', 'info', { kind: 'hang' });
  const { code, findings } = await check('node1', '--all-nodes');
  cluster.clearFaults('node2');
  expect(code).toBe(1);
  const silent = findings.filter(({ check }) => check === 'silent-node');
  expect(silent).toEqual([expect.objectContaining({ what: expect.stringContaining('hypervisor of node2') })]);
});

it('a node that goes down in the middle is a problem that is found in time', async () => {
  cluster.stayDown(true);
  cluster.setFault('node3', 'info', { kind: 'slow', seconds: 4 });
  const begun = Date.now();
  const running = check('node1', '--all-nodes');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await cluster.node('node3').kill();
  const { code, findings } = await running;
  expect(code).toBe(1);
  const silent = findings.filter(({ check }) => check === 'silent-node');
  expect(silent).toEqual([expect.objectContaining({ what: expect.stringContaining('node3 does not answer') })]);
  expect(Date.now() - begun).toBeLessThan(40_000);
});

it('on a node that is in no cluster it says so', async () => {
  // In good order: a Pacemaker that is killed gets its node fenced.
  const script = 'pid=$(pidof pacemakerd); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.1; done';
  await cluster.node('node2').run(['sh', '-c', script], { timeout: 60_000 });
  const { code, stderr } = await cluster.node('node2').exec(['ocf-virt', 'check', '--timeout', '3']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/could not be read|did not tell/);
});
