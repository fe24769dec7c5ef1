import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { fencedBlocks } from '../support/documented.ts';
import { withInstalled } from '../support/installed.ts';

// The agent that docs/contributing.md shows, taken from there.

const example =
  fencedBlocks(readFileSync('docs/contributing.md', 'utf8')).find(({ info }) => info === 'ts')?.text ?? '';

let folder: string;
let agent: string;
beforeAll(async () => {
  mkdirSync('.cache', { recursive: true });
  // Below the project, where the compiler finds its packages.
  folder = mkdtempSync(resolve('.cache/example-'));
  mkdirSync(join(folder, 'agents/marker'), { recursive: true });
  symlinkSync(resolve('lib'), join(folder, 'lib'));
  writeFileSync(join(folder, 'agents/marker/agent.ts'), example);
  writeFileSync(join(folder, 'tsconfig.json'), '{ "extends": "../../tsconfig.json", "include": ["agents"] }\n');
  mkdirSync(join(folder, 'built'));
  writeFileSync(join(folder, 'built/package.json'), '{ "type": "commonjs" }\n');
  agent = join(folder, 'built/Marker');
  await bundle({
    source: `import { marker } from '${folder}/agents/marker/agent.ts';
      import { main } from './lib/agent/main.ts';
      void main(marker);`,
    outfile: agent,
    shebang: '#!/usr/bin/env node',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

it('has 30 lines, and the types are right', async () => {
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
  const { stdout, exitCode } = await execa('npx', ['tsc', '--project', folder], { reject: false });
  expect([stdout, exitCode]).toEqual(['', 0]);
});

it('its meta-data is valid against the DTD of ocf-tester and the schema of OCF 1.1', async () => {
  const { stdout } = await execa(agent, ['meta-data']);
  for (const check of [['--valid'], ['--relaxng', 'ra-api-1.1.rng']]) {
    await execa('xmllint', ['--noout', ...check, '-'], { input: stdout, cwd: 'test/fixtures/ocf' });
  }
});

it('passes ocf-tester', async () => {
  const { all, exitCode } = await withInstalled(
    'node',
    '/nowhere',
    `cp ${agent} /usr/lib/ocf/resource.d/virt
    ocf-tester -n marker -o path=/run/marker /usr/lib/ocf/resource.d/virt/Marker`,
  );
  expect([all, exitCode]).toEqual([expect.stringContaining('Marker passed all tests'), 0]);
});

it('says what is missing when it has no path', async () => {
  const { exitCode, stderr } = await execa(agent, ['start'], { reject: false, env: { OCF_ROOT: '/usr/lib/ocf' } });
  expect([exitCode, stderr]).toEqual([6, expect.stringMatching(/^ocf-exit-reason:.*path/)]);
});
