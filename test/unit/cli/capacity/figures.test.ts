import { expect, it } from 'vitest';
import { completeFigures } from '../../../../cli/capacity/figures.ts';
import { vmsOf } from '../../../../cli/check/read.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';
import type { HypervisorFacts } from '../../../../lib/survey/host.ts';

const xml = (utilization: string, properties = '') => `<cib><configuration>
<crm_config><cluster_property_set id="o">${properties}</cluster_property_set></crm_config>
<nodes><node id="1" uname="node1">${utilization}</node></nodes><resources>
<primitive id="vm01" class="ocf" provider="virt" type="Xen"><instance_attributes id="i"><nvpair id="f" name="xmfile" value="/vm01.cfg"/></instance_attributes>${utilization.replaceAll('"u', '"v')}</primitive>
</resources></configuration></cib>`;
const balanced = '<nvpair id="p" name="placement-strategy" value="balanced"/>';
const set = (name: string) => `<utilization id="u"><nvpair id="um" name="${name}" value="3000"/></utilization>`;
const xen: HypervisorFacts = { kind: 'xen', version: '4.17', totalMiB: 4096, freeMiB: 100, dom0MiB: 1024 };

async function complete(text: string, memory: number | undefined, hypervisor: HypervisorFacts | undefined) {
  const cib = await parseCib(text);
  return completeFigures(cib, vmsOf(cib), { memoryOf: () => memory, hypervisorOf: () => hypervisor });
}

it('what is configured stays as it is', async () => {
  expect(await complete(xml(set('hv_memory'), balanced), 512, xen)).toEqual({
    elements: [],
    assumed: [],
    unknown: [],
    isSure: true,
  });
});

it('memory that is not configured is that of the hypervisor without domain 0, and that of the configuration file', async () => {
  const { elements, assumed, isSure } = await complete(xml(set('cpu')), 512, xen);
  expect(elements).toHaveLength(3);
  expect(elements[0]).toContain('name="placement-strategy" value="utilization"');
  expect(elements[1]).toMatch(/<primitive id="vm01"><utilization .*name="hv_memory" value="512"/);
  expect(elements[2]).toMatch(/<node id="1"><utilization .*name="hv_memory" value="3072"/);
  expect(assumed).toHaveLength(3);
  expect(isSure).toBe(true);
});

it('a VM whose memory nobody knows makes the answer unsure; a node only counts as none', async () => {
  expect(await complete(xml('', balanced), undefined, xen)).toMatchObject({ isSure: false });
  const { isSure, unknown } = await complete(xml('', balanced), 512, { kind: 'silent', problem: '' });
  expect({ isSure, unknown }).toEqual({
    isSure: true,
    unknown: ['The memory of node1 is not known: it counts as none.'],
  });
});
