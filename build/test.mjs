#!/usr/bin/env node
// Runs every check and test, or only the vitest projects that are named, and ends with the line "N passed, N failed".
// With --xen also the tests on real Xen, after the others: emulated hosts want the processors for themselves.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';

const words = process.argv.slice(2);
const withXen = words.includes('--xen');
const named = words.filter((word) => word !== '--xen');
const running = new Set();
/** The exit code of what could not be done here, which counts neither as passed nor as failed. */
const skipped = 77;
let passed = 0;
let failed = 0;
/** What failed, told once more at the end: a whole run prints thousands of lines. */
const failures = [];

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
if (failures.length > 0) console.log(`\nFailed:\n${failures.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** The exit code of a program; what it prints goes where ours goes, or to `told`. */
function run([program, ...args], told) {
  return new Promise((resolve) => {
    const output = told === undefined ? 'inherit' : 'pipe';
    const child = spawn(program, args, { stdio: ['ignore', output, output] });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', told);
    running.add(child);
    child.once('error', () => resolve(1));
    child.once(told === undefined ? 'exit' : 'close', (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}

async function step(title, command) {
  console.log(`\n== ${title}`);
  let words = '';
  const code = await run(command, (text) => {
    process.stdout.write(text);
    words += text;
  });
  if (code !== skipped) count(code === 0, `${title}\n${shortened(words.trimEnd().split('\n').slice(-40).join('\n'))}`);
}

async function test(project) {
  console.log(`\n== ${project} tests`);
  const report = freshReport(project);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // The built agents remember and log where they do on a node.
  const world = project === 'bundle' || project === 'package' ? ['test/support/own-world.sh'] : [];
  const code = await run([...world, 'npx', 'vitest', 'run', '--project', project, ...reporters]);
  countTests(code === 0, report, project);
}

async function testXen() {
  await step('programs for the tests on Xen', ['node', 'build/setup.mjs', 'xen']);
  console.log('\n== xen tests');
  const report = freshReport('xen');
  countTests((await run(['node_modules/.bin/tsx', 'test/xen/main.ts', '--built'])) === 0, report, 'xen');
}

function freshReport(project) {
  const report = `.cache/test-${project}.json`;
  rmSync(report, { force: true });
  return report;
}

function countTests(green, report, project) {
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  passed += counts.numPassedTests;
  failed += counts.numFailedTests;
  failures.push(...counts.testResults.flatMap(failedTests));
  // A file that cannot be loaded, or a project without any test, fails without a failed test.
  if (!green && counts.numFailedTests === 0) count(false, `${project} tests, beside their tests`);
  if (green && counts.numPassedTests === 0) count(false, `${project} tests: none was run`);
}

/** The failed tests of a file and the errors, as vitest's JSON report has them; a file that could not be loaded has a message alone. */
function failedTests({ name, message, assertionResults }) {
  const file = relative('.', name);
  const tests = assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => `${file}: ${fullName}\n${shortened(failureMessages.join('\n'))}`);
  return tests.length === 0 && message ? [`${file}\n${shortened(message)}`] : tests;
}

function shortened(text) {
  const lines = text.split('\n').filter((line) => !/^\s+at .*node_modules/.test(line));
  return lines
    .slice(0, 40)
    .map((line) => `    ${line.slice(0, 400)}`)
    .join('\n');
}

function count(ok, title) {
  if (ok) passed += 1;
  else {
    failed += 1;
    failures.push(title);
  }
}

/** The tests on Xen switch their hosts off before they end. */
async function abort(signal) {
  const children = [...running];
  const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of children) child.kill(signal);
  await Promise.all(ended);
  process.exit(1);
}
