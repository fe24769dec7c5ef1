import { hostname } from 'node:os';
import { fromNow } from '../../lib/system/clock.ts';
import { defineCommand } from '../command.ts';

export const alarmTestCommand = defineCommand({
  usage: 'alarm-test <recipient>',
  summary: 'send a test alarm, to see whether it arrives',
  description:
    'Sends an alarm to a recipient as the alert agent ocf-virt-alarm does (docs/alarms.md), but as the user who asks: Pacemaker runs alert agents as hacluster. The exit code is 1 when it could not be sent.',
  positionals: {
    recipient: { type: 'string', demandOption: true, describe: 'mail:ADDRESS, https://… or command:/PATH' },
  },
  options: { from: { type: 'string', describe: 'the sender of a mail; usually that of the mail system' } },
  examples: [
    ['alarm-test mail:root', 'by sendmail'],
    ['alarm-test https://chat.example.org/hooks/1', 'to a chat'],
  ],
  run: async ({ recipient, from, timeout }, { runner, clock }) => {
    const [{ parseRecipient }, { send }] = await Promise.all([
      import('../alarm/recipient.ts'),
      import('../alarm/send.ts'),
    ]);
    const text = `this is a test: ${hostname()} can send alarms`;
    const message = { subject: `[cluster] ${text}`, text, data: { kind: 'test', node: hostname(), time: Date.now() } };
    const deadline = fromNow(timeout * 1000, clock);
    await send(parseRecipient(recipient), message, { runner, clock, deadline, from });
    return { exit: 0, text: `sent to ${recipient}\n`, json: { sent: recipient } };
  },
});
