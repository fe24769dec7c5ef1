import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../../agents/xen/config.ts';
import { readLocks } from '../../../../lib/hypervisor/vmware/locks.ts';
import { toolOptions } from '../../../../lib/hypervisor/vmware/login.ts';
import { readVmx } from '../../../../lib/hypervisor/vmware/suspended.ts';
import { lastMessage } from '../../../../lib/hypervisor/vmware/vm-log.ts';
import { readRegularFile } from '../../../../lib/system/regular-file.ts';
import { tailOf } from '../../../../lib/system/tail.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** A pipe that nobody writes to: whoever opens it to read waits for ever. */
const pipe = (path: string) => void execFileSync('mkfifo', [path]);
/** A file of a terabyte that takes no room. */
const endless = (path: string) => {
  writeFileSync(path, '');
  truncateSync(path, 2 ** 40);
};
const traps = [
  ['a pipe', pipe],
  ['a file without end', endless],
  ['a device without end', (path: string) => symlinkSync('/dev/zero', path)],
  ['a folder', (path: string) => void mkdirSync(path)],
] as const;

it('a regular file is read whole, also by a link', () => {
  writeFileSync(join(folder, 'file'), 'content');
  symlinkSync('file', join(folder, 'link'));
  expect(readRegularFile(join(folder, 'link'), 7).toString()).toBe('content');
  expect(() => readRegularFile(join(folder, 'link'), 6)).toThrow('is longer than 6 bytes');
});

describe.each(traps)('%s in the place of', (_, make) => {
  it('a file is refused at once', () => {
    make(join(folder, 'file'));
    expect(() => readRegularFile(join(folder, 'file'), 1000)).toThrow();
  });

  it('a configuration of xl fails the action with a reason', () => {
    make(join(folder, 'vm.cfg'));
    expect(() => readConfig(join(folder, 'vm.cfg'))).toThrow(/cannot be read on this node \((ENOTSUP|EFBIG)\)/);
  });

  it('a .vmx file is refused', () => {
    make(join(folder, 'vm.vmx'));
    expect(() => readVmx(join(folder, 'vm.vmx'))).toThrow();
  });

  it('a lock counts as a lock that cannot be read, which nobody removes', () => {
    mkdirSync(join(folder, 'vm.vmx.lck'));
    make(join(folder, 'vm.vmx.lck', 'M00001.lck'));
    expect(readLocks(join(folder, 'vm.vmx'), undefined)).toMatchObject([{ member: undefined }]);
  });

  it('a log of a VM says nothing, or its end', () => {
    make(join(folder, 'vmware.log'));
    expect(lastMessage(join(folder, 'vm.vmx'), 0)).toBeUndefined();
    expect(tailOf(join(folder, 'vmware.log'), 10)).toMatch(/^\0*$/);
  });
});

it('a link in the place of a folder of locks counts as a lock that cannot be read', () => {
  mkdirSync(join(folder, 'elsewhere'));
  writeFileSync(join(folder, 'elsewhere', 'M00001.lck'), Buffer.alloc(512));
  mkdirSync(join(folder, 'vm'));
  symlinkSync('../elsewhere', join(folder, 'vm', 'disk.vmdk.lck'));
  expect(readLocks(join(folder, 'vm', 'vm.vmx'), undefined)).toMatchObject([
    { path: join(folder, 'vm', 'disk.vmdk.lck'), member: undefined },
  ]);
});

it('a link in the place of a log is not followed', () => {
  writeFileSync(join(folder, 'secret'), '[msg.secret] of somebody else');
  symlinkSync('secret', join(folder, 'vmware.log'));
  expect(lastMessage(join(folder, 'vm.vmx'), 0)).toBeUndefined();
});

it('a pipe in the place of a password is a reason, not a wait', async () => {
  pipe(join(folder, 'password'));
  const login = { vmrun_type: 'server', user: 'root', password_file: join(folder, 'password') };
  await expect(toolOptions('vmrun', login)).rejects.toThrow(/password_file/);
});
