import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { judgeAudit } from '../../../build/audit.ts';

const answer = (total: number, vulnerabilities: object) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: { total } } });

it('an audit without a finding is clean', () => {
  expect(judgeAudit(answer(0, {}))).toEqual({ kind: 'told', vulnerable: [] });
});

it('an audit names what it has found', () => {
  const found = { xml2js: { severity: 'moderate', range: '<0.5.0' } };
  expect(judgeAudit(answer(1, found))).toEqual({ kind: 'told', vulnerable: ['xml2js <0.5.0 (moderate)'] });
  expect(judgeAudit(answer(2, {}))).toMatchObject({ vulnerable: ['2 without a name'] });
});

it.each([
  '',
  'npm error audit endpoint returned an error',
  'null',
  '[]',
  '{}',
  '{"vulnerabilities":null,"metadata":{"vulnerabilities":{"total":1}}}',
  JSON.stringify({ message: 'request failed', error: { summary: '', detail: '' } }),
  JSON.stringify({ error: { code: 'ENOLOCK', summary: 'This command requires an existing lockfile.' } }),
  JSON.stringify({ statusCode: 405, body: 'Method Not Allowed', message: '405 Method Not Allowed' }),
])('%j is no audit: it is skipped with a reason, and is not taken for a clean one', (stdout) => {
  expect(judgeAudit(stdout)).toEqual({ kind: 'skipped', why: expect.stringMatching(/\S/) });
});

it('the lock file pins every package by its hash, and names no host that it would come from', () => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { version?: string; integrity?: string; resolved?: string }>;
  };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  expect(packages.length).toBeGreaterThan(50);
  expect(packages.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ''))).toEqual([]);
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
