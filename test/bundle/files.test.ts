import { beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { forms, withInstalled } from '../support/installed.ts';

let sim: string;
beforeAll(async () => {
  await buildSim('.cache/sim');
  sim = `${process.cwd()}/.cache/sim`;
});

/** A node with a VM that runs, whose folders for logs and temporary files are empty; `agent ACTION` runs the agent. */
const node = `export OCF_VIRT_SIM_DIR=/run/sim
mkdir /run/sim
mkdir /run/sources; mount --bind "$PWD" /run/sources
mount -t tmpfs tmpfs /var/log
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p "$PWD"; mount --bind /run/sources "$PWD"
# A domain that lived on would be one of every other test.
trap 'xl destroy vm01 2>/dev/null' EXIT
agent() {
  OCF_RESOURCE_INSTANCE=vm01 OCF_RESKEY_xmfile=/run/vm01.cfg OCF_RESKEY_CRM_meta_interval=10000 \
    /usr/lib/ocf/resource.d/virt/Xen "$1"
}
`;

describe.each(forms)('the %s form', (form) => {
  it.each(['0', '077'])('makes no file or folder that others could read or write, with a umask of %s', async (mask) => {
    const { stdout } = await withInstalled(
      form,
      sim,
      `${node}umask ${mask}
      agent start && agent monitor && agent stop
      agent start && xl destroy vm01
      agent monitor
      find /run/ocf-virt /var/log/ocf-virt -printf '%p %m %U\\n'`,
    );
    expect(stdout).toContain('/var/log/ocf-virt/history.jsonl 600 0');
    expect(stdout).toContain('/run/ocf-virt/Xen-vm01.json 600 0');
    expect(stdout.split('\n').filter((line) => !/ [67]00 0$/.test(line))).toEqual([]);
  });

  it.each([
    ['a symbolic link', 'mkdir -m 777 /run/theirs && ln -s /run/theirs /run/ocf-virt', '/run/theirs'],
    ['somebody else’s', 'mkdir -m 777 /run/ocf-virt && chown 65534 /run/ocf-virt', '/run/ocf-virt'],
  ])('neither writes to nor believes /run/ocf-virt when it is %s', async (_, make, folder) => {
    const { stdout } = await withInstalled(
      form,
      sim,
      `${node}${make}
      printf '{"name":"-h","xmfile":"/run/vm01.cfg","migration":{"node":"n","address":"-oProxyCommand=touch /run/owned"}}' > ${folder}/Xen-vm01.json
      agent start; echo "start $?"
      agent stop; echo "stop $?"
      find ${folder}/ -mindepth 1 -printf '%f %s\\n'
      ls -d /run/owned 2>/dev/null`,
    );
    expect(stdout.split('\n')).toEqual(['start 0', 'stop 0', expect.stringMatching(/^Xen-vm01\.json 1\d\d$/)]);
  });

  it('closes /run/ocf-virt to others that could write to it, and removes what they left', async () => {
    const { stdout } = await withInstalled(
      form,
      sim,
      `${node}mkdir -m 777 /run/ocf-virt
      echo untouched > /run/victim
      ln -s /run/victim /run/ocf-virt/Xen-vm01.json; echo planted > /run/ocf-virt/vmwatch.pid
      chown -h 65534 /run/ocf-virt/*
      agent start; echo "start $?"
      stat -c '%a %n' /run/ocf-virt /run/ocf-virt/*
      cat /run/victim`,
    );
    expect(stdout.split('\n')).toEqual([
      'start 0',
      '700 /run/ocf-virt',
      '600 /run/ocf-virt/Xen-vm01.json',
      '700 /run/ocf-virt/actions',
      'untouched',
    ]);
  });

  it('sends alarms, and writes nowhere, when somebody else has made the folder in which they are counted', async () => {
    const agent = `${process.cwd()}/dist/${form}/usr/share/pacemaker/alerts/ocf-virt-alarm`;
    const alert = 'CRM_alert_kind=node CRM_alert_node=node1 CRM_alert_desc=lost CRM_alert_recipient=command:/run/page';
    const { stdout, stderr } = await withInstalled(
      form,
      sim,
      `${node}printf '#!/bin/sh\\ncat >/dev/null; echo paged >> /tmp/paged\\n' > /run/page; chmod 755 /run/page
      mkdir -m 777 /tmp/theirs; ln -s /tmp/theirs /tmp/ocf-virt-alarms-0
      env ${alert} ${agent}; echo "exit $?"
      ls /tmp/theirs; cat /tmp/paged`,
    );
    expect(stdout.split('\n')).toEqual(['exit 0', 'paged']);
    expect(stderr).toContain('is not a folder of this user');
  });
});
