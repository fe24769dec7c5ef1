import { expect, it } from 'vitest';
import { parseTrace } from '../../../../cli/run/programs.ts';

it('the programs of an agent are those that were started, without the agent itself', () => {
  const trace = `515 execve("/usr/lib/ocf/resource.d/virt/Xen", ["/usr/lib/ocf/resource.d/virt/Xen", "monitor"], 0x7f /* 20 vars */) = 0
516 execve("/usr/local/sbin/xl", ["xl", "list", "a \\"b\\""], 0x7f /* 20 vars */) = -1 ENOENT (No such file or directory)
516 execve("/usr/sbin/xl", ["xl", "list", "a \\"b\\""], 0x7f /* 20 vars */) = 0
517 execve("/bin/sh", ["sh", "-c", "exit 1"], 0x7f /* 20 vars */ <unfinished ...>
517 <... execve resumed>) = 0
`;
  expect(parseTrace(trace)).toEqual(['xl list a "b"', 'sh -c exit 1']);
});
