import { expect, it } from 'vitest';
import { baseName } from '../../../../lib/system/base-name.ts';

it.each([
  ['/usr/sbin/xl', 'xl'],
  ['xl', 'xl'],
  ['a/b c.vmx', 'b c.vmx'],
  ['', ''],
])('of %j it is %j', (path, name) => expect(baseName(path)).toBe(name));
