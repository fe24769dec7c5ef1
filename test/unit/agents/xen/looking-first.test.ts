import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasBegun, lookingFirst } from '../../../../agents/xen/looking-first.ts';
import { stateInList } from '../../../../lib/hypervisor/xen/xl-look.ts';

const header = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
const row = (name: string, id: number, state = '-b----') =>
  `${name.padEnd(40)} ${String(id).padStart(5)}   128     1     ${state}       3.5\n`;
const domain0 = row('Domain-0', 0, 'r-----');

/** What another shell does with what `xl migrate` hands it, where ssh is a program that runs its words here. */
function migrate(name: string, { list, exit = 0, shell = 'sh' }: { list: string; exit?: number; shell?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = (file: string, text: string) => {
    writeFileSync(join(folder, file), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, file), 0o755);
  };
  writeFileSync(join(folder, 'list'), list);
  program('xl', `case $1 in list) cat "${folder}/list"; exit ${exit};; *) echo "xl $*";; esac`);
  // Options, then the address, then a line for the login shell there.
  program('ssh', `printf '%s\\n' "$@" >"${folder}/words"\nshift 3\nexec ${shell} -c "$*"`);
  const command = lookingFirst("ssh -i '/root/my key'", name);
  const { status, stdout, stderr } = spawnSync(shell, ['-c', `exec ${command} node2 xl migrate-receive -e`], {
    env: { PATH: `${folder}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  const words = spawnSync('head', ['-n', '3', join(folder, 'words')], { encoding: 'utf8' }).stdout;
  return { status, stdout, stderr, words };
}

describe('the ssh command that looks at the target first', () => {
  it.each(['sh', 'bash'])('reaches the receiver of a clear target, with all that xl appends, in %s', (shell) => {
    const { status, stdout, stderr, words } = migrate('vm01', { list: header + domain0 + row('vm011', 4), shell });
    expect(stdout).toBe('xl migrate-receive -e\n');
    expect(hasBegun(stderr)).toBe(true);
    expect(words).toBe('-i\n/root/my key\nnode2\n');
    expect(status).toBe(0);
  });

  it.each([
    ['the domain itself', row('vm01', 4)],
    ['a copy that arrives', row('vm01--incoming', 4, '--p---')],
    ['a copy that was left behind', row('vm01--migratedaway', 4, '---ss-')],
    ['a domain without a name', row('(null)', 4, '--p---')],
  ])('begins no receiver where the target has %s', (_, other) => {
    const { status, stdout, stderr } = migrate('vm01', { list: header + domain0 + row('vm02', 3) + other });
    expect(stdout).toBe('');
    expect(hasBegun(stderr)).toBe(false);
    expect(status).not.toBe(0);
  });

  it.each([
    ['fails', { list: header + domain0, exit: 1 }],
    ['lists nothing', { list: '' }],
    ['lists no domain 0', { list: header + row('vm02', 3) }],
    ['has no names', { list: header + row('(null)', 0) + row('(null)', 3) }],
  ])('begins no receiver where xl list of the target %s', (_, target) => {
    const { stdout, stderr } = migrate('vm01', target);
    expect(stdout).toBe('');
    expect(hasBegun(stderr)).toBe(false);
  });

  it.each([
    'Authorized use only.ocf-virt: no copy of the domain is here\n',
    'Saving to migration stream new xl format (info 0x3/0x0/1096)\n',
  ])('is known to have begun by %j', (output) => {
    expect(hasBegun(output)).toBe(true);
  });

  it('is not known to have begun by the command that xl repeats when it understands nothing', () => {
    expect(hasBegun(`(command run was: exec ${lookingFirst('ssh', 'vm01')} node2 xl migrate-receive )\n`)).toBe(false);
  });

  it.each(["it's", 'a*', '$(reboot)', '512', 'a"b', 'back\\slash'])('takes the name %j as it is', (name) => {
    const clear = header + domain0 + row('other', 3);
    expect(migrate(name, { list: clear }).stdout).toBe('xl migrate-receive -e\n');
    expect(migrate(name, { list: clear + row(name, 4) }).stdout).toBe('');
  });

  it('calls nothing clear that the agent would not call absent', () => {
    const nobody = { keepers: [], starting: [], leaving: [], receiving: [], receivingAny: [], models: [] };
    const kindOf = (stdout: string) =>
      stateInList({ outcome: 'exited', code: 0, stdout, stderr: '' }, { name: 'vm01', processes: () => nobody }).kind;
    const lists = [
      '',
      row('vm01', 4),
      row('vm01--incoming', 4),
      row('vm02', 4),
      row('(null)', 4),
      row('(null)', 4, '-----d'),
    ];
    const clear = lists.filter((other) => hasBegun(migrate('vm01', { list: header + domain0 + other }).stderr));
    expect(clear).toEqual(['', row('vm02', 4)]);
    expect(clear.map((other) => kindOf(header + domain0 + other))).toEqual(['absent', 'absent']);
  });
});
