import { describe, expect, it } from 'vitest';
import { datastoreName, parseDatastores, pathOf } from '../../../../../lib/hypervisor/vmware/datastores.ts';
import {
  choiceLabelled,
  describeQuestion,
  isAboutSuspendedState,
  isAboutUuid,
  parseAnswerRules,
  type Question,
  ruledChoice,
  uuidLabels,
} from '../../../../../lib/hypervisor/vmware/question.ts';
import type { Target } from '../../../../../lib/hypervisor/vmware/toolstack.ts';
import { parseMessage, quotedTwice, vimCmd } from '../../../../../lib/hypervisor/vmware/vim-cmd.ts';
import { messageIn } from '../../../../../lib/hypervisor/vmware/vm-log.ts';
import { vmrun } from '../../../../../lib/hypervisor/vmware/vmrun.ts';
import { parseDialogue, vmwareCmd } from '../../../../../lib/hypervisor/vmware/vmware-cmd.ts';
import { deadlineAt } from '../../../../../lib/ocf/deadline.ts';
import { splitWords } from '../../../../../lib/system/shell-words.ts';
import { scriptedRunner } from '../../../../support/scripted-runner.ts';
import { complained, printed, recordedParts, recordedText } from '../../../../support/vmware-recordings.ts';

const target = (program: string, options: string[] = []): Target => ({
  runner: scriptedRunner(() => undefined),
  program,
  options,
  vmxpath: '/my vms/a b.vmx',
  realPath: () => '/my vms/a b.vmx',
  known: undefined,
});
const soon = deadlineAt(1e9, () => 0);

describe('what a command printed against its success', () => {
  it('vmware-cmd: errors, and anything but 1 as the last result', () => {
    const { complaint } = vmwareCmd(target('vmware-cmd'));
    expect(complaint(printed('Warning: x\nstart() = 1\n'))).toBeUndefined();
    expect(complaint(printed('stop(hard) = 1\n'))).toBeUndefined();
    expect(complaint(printed('start() = 0\n'))).toContain('start() = 0');
    expect(complaint(printed(''))).toContain('exit code 0');
    expect(complaint(printed('start() = 1\n', 1))).toBeDefined();
    const tools = recordedText('a03-vmware-cmd-error-8-tools-not-running.txt');
    expect(complaint(complained(tools, 8))).toContain('Make sure the VMware Server Tools are running');
    expect(complaint(printed(`start() = 1\n${tools}`))).toContain('Tools are running');
  });

  it('vmware-vim-cmd: faults and "failed", whatever the exit code', () => {
    const { complaint } = vimCmd(target('vmware-vim-cmd'));
    const [fault, failed, , , suspendFailed] = recordedParts('c04-power-faults.txt');
    for (const code of [0, 1]) {
      expect(complaint(printed(`${fault}\n`, code))).toContain('current state (Powered On)');
      expect(complaint(printed(`${failed}\n`, code))).toBe('Power on failed');
      expect(complaint(printed(`${suspendFailed}\n`, code))).toBe('Suspend failed');
      const login = recordedText('c12-login-errors.txt').split('\n')[0] ?? '';
      expect(complaint(printed(`${login}\n`, code))).toBe(login);
    }
    expect(complaint(printed('Powering on VM:\n'))).toBeUndefined();
    expect(complaint(printed(''))).toBeUndefined();
  });

  it('vmrun: an error line on standard output, whatever the exit code and the noise before it', () => {
    const { complaint } = vmrun(target('vmrun'), false);
    for (const file of [
      'b05-vmrun-file-in-use.txt',
      'b08-vmrun-canceled-stale-lock.txt',
      'b09-vmrun-unable-to-start.txt',
    ]) {
      const line = recordedText(file).trim();
      for (const code of [0, 255]) {
        expect(complaint(printed(`2025-01-28T22:07:59.876| ServiceImpl_Opener: PID 47808\n${line}\n`, code))).toBe(
          line.slice('Error: '.length),
        );
      }
    }
    expect(complaint(printed(''))).toBeUndefined();
    expect(complaint(printed('', 255))).toContain('255');
  });
});

describe('the words of an operation', () => {
  it('name the VM as each tool wants it', () => {
    const path = '/my vms/a b.vmx';
    const entry = { id: '16', file: '[standard] a b.vmx' };
    expect(vmwareCmd(target('vmware-cmd')).words('power on', undefined, false)).toEqual([path, 'start']);
    expect(vmwareCmd(target('vmware-cmd')).words('suspend', undefined, true)).toEqual([path, 'suspend', 'hard']);
    expect(vmwareCmd(target('vmware-cmd')).words('shut down', undefined, false)).toEqual([path, 'stop']);
    expect(vmwareCmd(target('vmware-cmd')).words('power off', undefined, false)).toEqual([path, 'stop', 'hard']);
    expect(vimCmd(target('vmware-vim-cmd')).words('power on', entry, false)).toEqual(['vmsvc/power.on', '16']);
    expect(vimCmd(target('vmware-vim-cmd')).words('shut down', entry, false)).toEqual(['vmsvc/power.shutdown', '16']);
    expect(vmrun(target('vmrun'), false).words('power on', undefined, false)).toEqual(['start', path, 'nogui']);
    expect(vmrun({ ...target('vmrun'), known: entry }, true).words('power on', undefined, false)).toEqual([
      'start',
      entry.file,
    ]);
    expect(vmrun(target('vmrun'), false).words('power off', undefined, false)).toEqual(['stop', path, 'hard']);
  });

  it('survive the second splitting of vim-cmd', () => {
    expect(quotedTwice('/a b/c.vmx')).toBe('"/a b/c.vmx"');
    for (const path of ["/it's/x.vmx", '/say "hi"/x.vmx', `/"'"/x.vmx`, '/a\\b/x.vmx', "/'/x.vmx", '/$(x)`y`/x.vmx'])
      expect(splitWords(quotedTwice(path))).toEqual([path]);
  });
});

describe('a VM of vmrun on a server', () => {
  it('is registered where the list does not have it, and taken out where it has', async () => {
    let registered = false;
    const runner = scriptedRunner((_, args) => {
      if (args.includes('listRegisteredVM'))
        return { stdout: `Total registered VMs: 1\n${registered ? '/my vms/a b.vmx' : '/x.vmx'}\n` };
      registered = args.includes('register');
      return {};
    });
    const commands = vmrun({ ...target('vmrun', ['-T', 'server1']), runner }, true);
    expect(await commands.unregister(undefined, soon)).toBeUndefined();
    expect(await commands.register(soon)).toBeUndefined();
    expect(await commands.register(soon)).toBeUndefined();
    expect(await commands.unregister(undefined, soon)).toBeUndefined();
    expect(runner.calls.filter((call) => !call.includes('listRegisteredVM'))).toEqual([
      ['vmrun', '-T', 'server1', 'register', '/my vms/a b.vmx'],
      ['vmrun', '-T', 'server1', 'unregister', '/my vms/a b.vmx'],
    ]);
  });
});

describe('a question', () => {
  const message = parseMessage(recordedText('c06-message-pending-question.txt'));

  it('of vmware-vim-cmd is read', () => {
    expect(message).toMatchObject({ number: '12', message: 'msg.uuid.altered', preset: '2' });
    expect(message?.text).toMatch(/^This virtual machine may have been moved or copied\.[\s\S]*"I copied it"\.$/);
    expect(message?.choices.map(({ key, label }) => `${key} ${label}`)).toEqual([
      '0 Cancel',
      '1 I _moved it',
      '2 I _copied it',
    ]);
    expect(parseMessage(recordedText('c07-message-none.txt'))).toBeUndefined();
  });

  it('of vmware-cmd is read', () => {
    const dialogue =
      '\nWarning: x\nQuestion (id = 7) :Really?\nSure?\n\t0) Yes\n\t1) No, never\nSelect choice. Press enter for default <1> : ';
    expect(parseDialogue(dialogue)).toEqual({
      number: '7',
      message: undefined,
      text: 'Really?\nSure?',
      choices: [
        { key: '0', label: 'Yes' },
        { key: '1', label: 'No, never' },
      ],
      preset: '1',
    });
    expect(parseDialogue('No questions pending.\n')).toBeUndefined();
  });

  it('about the UUID is known by its name or its words, and answered by label', () => {
    if (message === undefined) throw new Error('not read');
    expect(isAboutUuid(message)).toBe(true);
    expect(choiceLabelled(message, uuidLabels.keep)?.key).toBe('1');
    expect(choiceLabelled(message, uuidLabels.create)?.key).toBe('2');
    const [text = ''] = recordedText('a10-questions-server1.txt').split('\n');
    expect(isAboutUuid({ ...message, message: undefined, text })).toBe(true);
    expect(isAboutUuid({ ...message, message: 'msg.x', text: 'Operation on file "x" failed' })).toBe(false);
  });

  it('about a suspended state is no other question', () => {
    const other = (text: string): Question => ({
      number: '1',
      message: undefined,
      text,
      choices: [],
      preset: undefined,
    });
    const lines = recordedText('a10-questions-server1.txt')
      .split('\n')
      .filter((line) => !/^ /.test(line));
    expect(lines.filter((text) => isAboutSuspendedState(other(text)))).toEqual([
      'A file encapsulating the state of a virtual machine was discovered',
    ]);
    const log = messageIn(recordedText('d03-suspend-on-other-cpu.log.txt')) ?? '';
    expect(isAboutSuspendedState(other(log))).toBe(true);
    expect(log).toMatch(/^The features supported by the processors .* discard the suspended state\.$/);
  });

  it('is answered by the first rule that fits, and "*" leaves suspended states alone', () => {
    const question: Question = {
      number: '1',
      message: 'msg.x',
      text: 'Operation on file "a" failed',
      choices: [
        { key: '0', label: '_Retry' },
        { key: '1', label: 'Abort' },
      ],
      preset: '1',
    };
    const chosen = (rules: string, asked = question) => ruledChoice(asked, parseAnswerRules(rules) ?? [])?.label;
    expect(chosen('operation on file=retry')).toBe('_Retry');
    expect(chosen('msg.y=Abort; msg.x=default; *=Retry')).toBe('Abort');
    expect(chosen('a=b=Abort')).toBeUndefined();
    expect(chosen('msg.x=No such label')).toBeUndefined();
    expect(chosen('*=default', { ...question, message: 'msg.checkpoint.resume.softError' })).toBeUndefined();
    expect(parseAnswerRules('')).toEqual([]);
    for (const wrong of ['x', '=y', 'x=', 'a=b;c']) expect(parseAnswerRules(wrong)).toBeUndefined();
    expect(describeQuestion(question)).toBe('"Operation on file \\"a\\" failed" (Retry, Abort)');
  });
});

describe('datastores', () => {
  it('map paths to names and back', async () => {
    const xml = recordedText('c11-vmInventory-and-datastores.xml.txt').split('\n\n')[1] ?? '';
    const datastores = await parseDatastores(xml);
    expect([...datastores]).toEqual([['standard', '/var/lib/vmware/Shared VMs']]);
    expect(pathOf('[standard] a b/c.vmx', datastores)).toBe('/var/lib/vmware/Shared VMs/a b/c.vmx');
    expect(pathOf('[ha-datacenter/standard] c.vmx', datastores)).toBe('/var/lib/vmware/Shared VMs/c.vmx');
    expect(pathOf('[other] c.vmx', datastores)).toBeUndefined();
    expect(pathOf('/vms/c.vmx', datastores)).toBe('/vms/c.vmx');
    expect(datastoreName('/var/lib/vmware/Shared VMs/a/b.vmx', datastores)).toBe('[standard] a/b.vmx');
    expect(datastoreName('/var/lib/vmware/Shared VMsx/b.vmx', datastores)).toBeUndefined();
  });
});
