import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { forms } from '../support/installed.ts';

it.each(forms)(
  'the alert agent of the %s form hands an alarm to a command, and is silent without an alert',
  async (form) => {
    const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-alarm-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const page = join(folder, 'page');
    writeFileSync(page, `#!/bin/sh\ncat >${folder}/read\n`);
    chmodSync(page, 0o755);
    const agent = `${process.cwd()}/dist/${form}/usr/share/pacemaker/alerts/ocf-virt-alarm`;
    const env = { PATH: process.env['PATH'] ?? '', CRM_alert_recipient: `command:${page}` };
    expect(await execa(agent, { env, extendEnv: false })).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    const stop = { kind: 'resource', rsc: 'vm01', node: 'node1', task: 'stop', rc: '1', target_rc: '0', status: '0' };
    const alert = Object.fromEntries(Object.entries(stop).map(([name, value]) => [`CRM_alert_${name}`, value]));
    expect(await execa(agent, { env: { ...env, ...alert }, extendEnv: false })).toMatchObject({
      stdout: '',
      stderr: '',
    });
    expect(JSON.parse(readFileSync(join(folder, 'read'), 'utf8'))).toMatchObject({ kind: 'failed', resource: 'vm01' });
  },
);
