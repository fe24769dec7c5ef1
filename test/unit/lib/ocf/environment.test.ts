import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../../lib/ocf/environment.ts';

describe('an empty environment', () => {
  it('is that of an agent run by hand', () => {
    expect(readEnvironment('monitor', {})).toEqual({
      instance: 'default',
      action: 'monitor',
      timeoutMs: undefined,
      isProbe: true,
      checkLevel: 0,
      nodeName: undefined,
      migrateSource: undefined,
      migrateTarget: undefined,
      parameters: {},
      reasonPrefix: 'ocf-exit-reason:',
    });
  });

  it('is the same as one of empty values', () => {
    const names = ['OCF_RESOURCE_INSTANCE', 'OCF_CHECK_LEVEL', 'OCF_EXIT_REASON_PREFIX', 'OCF_RA_VERSION_MAJOR'];
    const meta = ['timeout', 'interval', 'on_node', 'migrate_source', 'migrate_target'];
    const keys = [...names, ...meta.map((name) => `OCF_RESKEY_CRM_meta_${name}`)];
    const empty = Object.fromEntries(keys.map((key) => [key, '']));
    expect(readEnvironment('start', empty)).toEqual(readEnvironment('start', {}));
  });
});

it('what Pacemaker hands over is read', () => {
  const environment = readEnvironment('migrate_to', {
    OCF_RESOURCE_INSTANCE: 'vm01',
    OCF_CHECK_LEVEL: '10',
    OCF_EXIT_REASON_PREFIX: 'reason=',
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '9',
    OCF_RESKEY_CRM_meta_timeout: '90000',
    OCF_RESKEY_CRM_meta_on_node: 'node1',
    OCF_RESKEY_CRM_meta_migrate_source: 'node1',
    OCF_RESKEY_CRM_meta_migrate_target: 'node2',
  });
  expect(environment).toMatchObject({
    instance: 'vm01',
    timeoutMs: 90_000,
    checkLevel: 10,
    nodeName: 'node1',
    migrateSource: 'node1',
    migrateTarget: 'node2',
    reasonPrefix: 'reason=',
    isProbe: false,
  });
});

describe('a probe', () => {
  it.each([
    ['monitor', '0', true],
    ['monitor', undefined, true],
    ['monitor', '10000', false],
    ['start', '0', false],
    ['stop', undefined, false],
  ])('%s with the interval %s: %s', (action, interval, isProbe) => {
    expect(readEnvironment(action, { OCF_RESKEY_CRM_meta_interval: interval }).isProbe).toBe(isProbe);
  });
});

describe('a timeout that is no positive number counts as none', () => {
  it.each(['0', '-1', 'soon', '20s', 'Infinity', 'NaN', ' '])('%j', (timeout) => {
    expect(readEnvironment('start', { OCF_RESKEY_CRM_meta_timeout: timeout }).timeoutMs).toBeUndefined();
  });
});

it('a timeout of years is no longer than a timer of the runtime can be', () => {
  const { timeoutMs } = readEnvironment('start', { OCF_RESKEY_CRM_meta_timeout: '99999999999999' });
  expect(timeoutMs).toBe(2 ** 31 - 1);
});

it('a check level that is no number is level 0', () => {
  expect(readEnvironment('monitor', { OCF_CHECK_LEVEL: 'deep' }).checkLevel).toBe(0);
});

describe('parameters', () => {
  it('are what begins with OCF_RESKEY_, but for what Pacemaker adds itself', () => {
    const { parameters } = readEnvironment('start', {
      OCF_RESKEY_xmfile: '/etc/xen/vm01.cfg',
      OCF_RESKEY_name: '',
      OCF_RESKEY_CRM_meta_timeout: '1',
      OCF_RESKEY_crm_feature_set: '3.16.2',
      OCF_RESKEY_unset: undefined,
      PATH: '/bin',
    });
    expect(parameters).toEqual({ xmfile: '/etc/xen/vm01.cfg', name: '' });
  });

  it('may have any name, without an effect on other objects', () => {
    const { parameters } = readEnvironment('start', { OCF_RESKEY___proto__: 'x', OCF_RESKEY_constructor: 'y' });
    expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
    expect(parameters['constructor']).toBe('y');
  });
});

it.each(['0', '2', '11', 'x'])('a caller of major version %s gets exit code 1 and a remedy', (major) => {
  expect(() => readEnvironment('start', { OCF_RA_VERSION_MAJOR: major })).toThrow(
    expect.objectContaining({ exit: 1, message: expect.stringContaining(`OCF_RA_VERSION_MAJOR is ${major}`) }),
  );
});
