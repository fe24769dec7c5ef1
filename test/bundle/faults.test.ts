import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { createSimHost, removeSimHost, runOn, type SimHost, setFault, writeConfig } from '../sim/control.ts';
import type { Fault } from '../sim/faults.ts';
import { builtAgent, forms } from '../support/installed.ts';
import { faultyActions, toolFaults } from '../support/tool-faults.ts';

const faults: Readonly<Record<string, Fault>> = {
  ...toolFaults,
  'prints the header alone': { kind: 'truncated', bytes: 72 },
  'prints half a line': { kind: 'truncated', bytes: 150 },
  'cannot ask xenstore for names': { kind: 'nameless' },
};

const hosts: SimHost[] = [];
beforeAll(async () => {
  await buildSim('.cache/sim');
});
afterAll(() => {
  for (const host of hosts) removeSimHost(host);
});

/** A host of its own with a domain of its name, running or not. */
async function makeHost(name: string, running: boolean) {
  const host = createSimHost({ bin: `${process.cwd()}/.cache/sim`, name });
  hosts.push(host);
  // Simulated hosts share one process table, and an agent finds a domain's processes by its name.
  const config = writeConfig(host, 'vm', `name = "${name}"\nmemory = 128\nsim_create_seconds = 0\n`);
  if (running) expect((await runOn(host, 'xl', 'create', config)).exit).toBe(0);
  return { host, config };
}

let counter = 0;

async function runAgent(
  form: (typeof forms)[number],
  host: SimHost,
  config: string,
  [action, interval]: readonly [string, string],
) {
  counter += 1;
  const env = {
    ...host.env,
    OCF_RESOURCE_INSTANCE: `faults-${process.pid}-${counter}`,
    OCF_RESKEY_xmfile: config,
    OCF_RESKEY_name: host.name,
    OCF_RESKEY_CRM_meta_timeout: '1500',
    OCF_RESKEY_CRM_meta_interval: interval,
    OCF_RESKEY_CRM_meta_migrate_target: 'node2',
    OCF_RESKEY_CRM_meta_migrate_source: 'node2',
  };
  const from = performance.now();
  const outcome = await runOn({ ...host, env }, builtAgent(form), action);
  return { ...outcome, ms: performance.now() - from };
}

describe.each(forms)('the %s form', (form) => {
  describe.each([true, false])('on a host where the domain runs: %s', (running) => {
    describe.each(Object.entries(faults))('and xl %s', (title, fault) => {
      it.concurrent.each(Object.entries(faultyActions))(
        '%s neither says "stopped" nor that all is well',
        async (_, action) => {
          const { host, config } = await makeHost(
            `node1-${form}-${running}-${title}-${action.join('-')}`.replace(/\W+/g, '-'),
            running,
          );
          const before = await runOn(host, 'xl', 'list');
          setFault(host, 'xl', fault);
          const { exit, stderr, ms } = await runAgent(form, host, config, action);
          expect([1, 5, 190]).toContain(exit);
          expect(stderr.match(/^ocf-exit-reason:/gm)).toHaveLength(1);
          // Pacemaker kills at 3 s; an agent that is still there then could not say why.
          expect(ms).toBeLessThan(60_000);
          setFault(host, 'xl', { kind: 'slow', seconds: 0 });
          const after = await runOn(host, 'xl', 'list');
          expect(after.stdout.split('\n').length).toBe(before.stdout.split('\n').length);
        },
      );
    });
  });

  it('on a host without xl no action says "stopped" or that all is well', async () => {
    const { host, config } = await makeHost(`node1-${form}-without-xl`, false);
    const bare = { ...host, env: { ...host.env, PATH: '/usr/bin:/bin' } };
    for (const action of Object.values(faultyActions)) {
      expect([1, 5]).toContain((await runAgent(form, bare, config, action)).exit);
    }
  });
});
