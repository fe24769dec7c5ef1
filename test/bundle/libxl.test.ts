import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { createSimHost, removeSimHost, runOn, type SimHost, writeConfig } from '../sim/control.ts';
import { buildLibxl } from '../sim/libxl/build.ts';

const sim = `${process.cwd()}/.cache/sim`;
const libraries = `${process.cwd()}/.cache/libxl`;
const native = `${process.cwd()}/dist/native/usr/bin/ocf-virt`;
const node = `${process.cwd()}/dist/node/usr/bin/ocf-virt`;
let host: SimHost;

beforeAll(async () => {
  await buildSim(sim);
  buildLibxl(libraries);
  const plain = createSimHost({ bin: sim, name: 'libxl' });
  host = { ...plain, env: { ...plain.env, LD_LIBRARY_PATH: libraries } };
});
afterAll(() => removeSimHost(host));

it('the native form calls libxl and passes on that it refuses a domain that is not suspended', async () => {
  await runOn(
    host,
    'xl',
    'create',
    writeConfig(host, 'vm', 'name = "libxl-vm"\nmemory = 128\nsim_create_seconds = 0\n'),
  );
  const id = (await runOn(host, 'xl', 'domid', 'libxl-vm')).stdout.trim();
  const { exit, stderr } = await runOn(host, native, 'resume-domain', id);
  expect(exit).toBe(1);
  expect(stderr).toContain('not suspended');
  expect(stderr).toContain(`libxl_domain_resume of domain ${id} answered -3`);
});

it('the native form says so when libxl is not installed', async () => {
  const { exit, stderr } = await runOn(
    { ...host, env: { ...host.env, LD_LIBRARY_PATH: '/nowhere' } },
    native,
    'resume-domain',
    '1',
  );
  expect(exit).toBe(1);
  expect(stderr).toContain('cannot be used');
});

it('the node form says that only the native form can resume a domain', async () => {
  const { exit, stderr } = await runOn(host, node, 'resume-domain', '1');
  expect(exit).toBe(1);
  expect(stderr).toContain('only the native form');
});
