import { afterEach, expect, it, vi } from 'vitest';
import { toolEnvironment } from '../../../../lib/system/tool-environment.ts';

afterEach(() => vi.unstubAllEnvs());

it('tools speak English, whatever the language of the caller', () => {
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  vi.stubEnv('LANG', 'de_DE.UTF-8');
  expect(toolEnvironment()).toMatchObject({ LC_ALL: 'C', LANG: 'C' });
});

it('tools are found with an empty environment, and by the PATH of the caller where there is one', () => {
  vi.stubEnv('PATH', '');
  expect(toolEnvironment()['PATH']?.split(':')).toEqual(
    expect.arrayContaining(['/usr/sbin', '/usr/bin', '/sbin', '/bin']),
  );
  vi.stubEnv('PATH', '/opt/xen/bin');
  expect(toolEnvironment()['PATH']).toBe('/opt/xen/bin');
});
