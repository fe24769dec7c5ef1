import { describe, expect, it } from 'vitest';
import { deadlineAt } from '../../../../lib/ocf/deadline.ts';
import { converse } from '../../../../lib/system/converse.ts';

const within = (ms: number) => deadlineAt(performance.now() + ms, () => performance.now());
const sh = (script: string) => ['-c', script] as const;
const ask = sh('printf "Which? "; read -r answer || answer=END; echo "got $answer"; exit 3');

describe('a program that asks', () => {
  it('gets the answer to its question, and its output and exit code come back', async () => {
    const reply = (output: string) => (output.endsWith('? ') ? 'this one\n' : undefined);
    const result = await converse('sh', ask, reply, within(5000));
    expect(result).toEqual({ outcome: 'exited', code: 3, stdout: 'Which? got this one\n', stderr: '' });
  });

  it('is ended without an answer, and never sees the end of its input', async () => {
    const result = await converse('sh', ask, () => 'hang up', within(5000));
    expect(result).toEqual({ outcome: 'killed', code: -1, stdout: 'Which? ', stderr: '' });
  });

  it('is ended at the deadline when nobody answers', async () => {
    const result = await converse('sh', ask, () => undefined, within(200));
    expect(result).toMatchObject({ outcome: 'timed-out', stdout: 'Which? ' });
  });

  it('may end before the answer reaches it', async () => {
    const result = await converse('sh', sh('echo "Which? "; exec <&-; exit 1'), () => 'x\n'.repeat(1e5), within(5000));
    expect(result).toMatchObject({ outcome: 'exited', code: 1 });
  });

  it('may not be there', async () => {
    expect(await converse('/nowhere/tool', [], () => undefined, within(1000))).toMatchObject({ outcome: 'missing' });
    expect(await converse('/etc/passwd', [], () => undefined, within(1000))).toMatchObject({ outcome: 'denied' });
  });

  it('is ended when it prints without end', async () => {
    const result = await converse('yes', [], () => undefined, within(10_000));
    expect(result.outcome).toBe('flooded');
  });
});
