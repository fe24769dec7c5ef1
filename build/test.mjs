#!/usr/bin/env node
// Runs every check and test, or only the vitest projects that are named, and ends with the line "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';

const all = ['unit', 'contract', 'bundle', 'cluster'];
const named = process.argv.slice(2);
const projects = named.length > 0 ? named : all;
let passed = 0;
let failed = 0;

if (named.length === 0) {
  step('types', ['npx', 'tsc']);
  step('style, layers, imports', ['npx', 'biome', 'check', '--error-on-warnings']);
  step('generated pages', ['npx', 'tsx', 'build/docs.ts', '--check']);
  step('unused files, exports and packages', ['npx', 'knip']);
}
step('build', ['npx', 'tsx', 'build/build.ts']);
for (const project of projects) test(project);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function run([program, ...args]) {
  return spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

function step(title, command) {
  console.log(`\n== ${title}`);
  count(run(command));
}

function test(project) {
  console.log(`\n== ${project} tests`);
  const report = `.cache/test-${project}.json`;
  mkdirSync('.cache', { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const green = run(['npx', 'vitest', 'run', '--project', project, ...reporters]);
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0 };
  passed += counts.numPassedTests;
  failed += counts.numFailedTests;
  // A file that cannot be loaded, or a project without any test, fails without a failed test.
  if (!green && counts.numFailedTests === 0) count(false);
  if (green && counts.numPassedTests === 0) count(false);
}

function count(ok) {
  if (ok) passed += 1;
  else failed += 1;
}
