#!/usr/bin/env node
// Runs every check and test, or only the vitest projects that are named, and ends with the line "N passed, N failed".
// With --xen also the tests on real Xen, after the others: emulated hosts want the processors for themselves.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';

const words = process.argv.slice(2);
const withXen = words.includes('--xen');
const named = words.filter((word) => word !== '--xen');
const running = new Set();
/** The exit code of what could not be done here, which counts neither as passed nor as failed. */
const skipped = 77;
let passed = 0;
let failed = 0;

mkdirSync('.cache', { recursive: true });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => abort(signal));

const projects =
  named.length > 0 ? named : ['unit', 'faults', 'contract', 'bundle', 'package', 'report', 'cluster', 'chaos'];
if (projects.includes('package')) await step('build and packages', ['npx', 'tsx', 'packaging/main.ts']);
else await step('build', ['npx', 'tsx', 'build/build.ts']);
if (named.length === 0) {
  await step('types', ['npx', 'tsc']);
  await step('style, layers, imports', ['npx', 'biome', 'check', '--error-on-warnings']);
  await step('generated pages', ['npx', 'tsx', 'build/docs.ts', '--check']);
  await step('unused files, exports and packages', ['npx', 'knip']);
  await step('known vulnerabilities of the packages', ['npx', 'tsx', 'build/audit.ts']);
}
for (const project of projects) await test(project);
if (withXen) await testXen();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** The exit code of a program. */
function run([program, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    running.add(child);
    child.once('error', () => resolve(1));
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}

async function step(title, command) {
  console.log(`\n== ${title}`);
  const code = await run(command);
  if (code !== skipped) count(code === 0);
}

async function test(project) {
  console.log(`\n== ${project} tests`);
  const report = freshReport(project);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // The built agents remember and log where they do on a node.
  const world = project === 'bundle' || project === 'package' ? ['test/support/own-world.sh'] : [];
  const code = await run([...world, 'npx', 'vitest', 'run', '--project', project, ...reporters]);
  countTests(code === 0, report);
}

async function testXen() {
  await step('programs for the tests on Xen', ['node', 'build/setup.mjs', 'xen']);
  console.log('\n== xen tests');
  const report = freshReport('xen');
  countTests((await run(['node_modules/.bin/tsx', 'test/xen/main.ts', '--built'])) === 0, report);
}

function freshReport(project) {
  const report = `.cache/test-${project}.json`;
  rmSync(report, { force: true });
  return report;
}

function countTests(green, report) {
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

/** The tests on Xen switch their hosts off before they end. */
async function abort(signal) {
  const children = [...running];
  const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of children) child.kill(signal);
  await Promise.all(ended);
  process.exit(1);
}
