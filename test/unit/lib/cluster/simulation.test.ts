import { expect, it } from 'vitest';
import { parseSimulation } from '../../../../lib/cluster/simulation.ts';

/** Cut down from what crm_simulate of Pacemaker 2.1.5 prints. */
const output = `<pacemaker-result api-version="2.25">
<cluster_status><nodes><node name="node1" online="true"/></nodes><resources>
<resource id="vm02" active="true"><node name="node1"/></resource></resources></cluster_status>
<allocations_utilizations>
<capacity node="node2" comment="Original"><hv_memory>3000</hv_memory></capacity>
<node_weight function="pcmk__primitive_assign" node="node1" score="-INFINITY" id="vm02"/>
<node_weight function="pcmk__primitive_assign" node="node2" score="0" id="vm02"/>
<capacity node="node2" comment="Remaining"><hv_memory>1000</hv_memory><cpu>2</cpu></capacity>
</allocations_utilizations>
<revised_cluster_status><nodes>
<node name="node1" online="false" standby="false"/><node name="node2" online="true" standby="false"/><node name="node3" online="true" standby="true"/>
</nodes><resources>
<group id="g"><resource id="vm01" active="true"><node name="node2"/></resource></group>
<resource id="vm02" active="false"/>
<clone id="c"><resource id="fs" active="true"><node name="node2"/></resource><resource id="fs" active="false"/></clone>
</resources></revised_cluster_status>
<status code="0" message="OK"/></pacemaker-result>`;

it('reads the end of a simulation, not its beginning', async () => {
  const { places, online, remaining, scores } = await parseSimulation(output);
  expect(Object.fromEntries(places)).toEqual({ vm01: ['node2'], vm02: [], fs: ['node2'] });
  expect(online).toEqual(['node2']);
  expect(Object.fromEntries(remaining)).toEqual({ node2: { hv_memory: 1000, cpu: 2 } });
  expect(scores.get('vm02')?.get('node1')).toBe('-INFINITY');
});
