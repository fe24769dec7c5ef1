import { expect, it } from 'vitest';
import { adopt } from '../../../../cli/adopt/adopt.ts';
import { operatorTools } from '../../../support/operator.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const cib = `<cib><configuration><nodes/><resources>
  <primitive id="vm01" class="ocf" provider="heartbeat" type="Xen"/></resources></configuration></cib>`;
const status = (agent: string) => `<pacemaker-result><nodes><node name="node1" online="true"/></nodes><resources>
  <resource id="vm01" resource_agent="ocf:${agent}:Xen" role="Started" active="true" managed="true"><node name="node1"/></resource>
  </resources></pacemaker-result>`;
const history = (transition: number) =>
  `<status><node_state uname="node1"><lrm><lrm_resources><lrm_resource id="vm01"><lrm_rsc_op operation="monitor"
  transition-key="5:${transition}:0:x" rc-code="0" op-status="0"/></lrm_resource></lrm_resources></lrm></node_state></status>`;

/** A cluster of which everything is true that it is told, until it says nothing more. */
function cluster({ silentAfter }: { readonly silentAfter?: string } = {}) {
  let agent = 'heartbeat';
  let transition = 1;
  let isSilent = false;
  return scriptedRunner((program, args) => {
    const words = args.join(' ');
    if (isSilent) return { code: 102, stderr: 'Not connected\n' };
    if (words.includes('--refresh')) transition += 1;
    if (words.includes('provider="virt"')) agent = 'virt';
    if (silentAfter !== undefined && words.includes(silentAfter)) isSilent = true;
    if (program === 'crm_mon') return { stdout: status(agent) };
    if (words.includes('--scope status')) return { stdout: history(transition) };
    return program === 'cibadmin' && words.includes('--query') ? { stdout: cib } : {};
  });
}

const args = { resource: ['vm01'], undo: false, 'dry-run': false, wait: 60, timeout: 10 };

it('a VM is of the new agent, and out of maintenance, when every node has found it where it was', async () => {
  const runner = cluster();
  const { exit, text } = await adopt(args, operatorTools(runner));
  expect({ exit, text }).toEqual({
    exit: 0,
    text: 'vm01 was of ocf:heartbeat:Xen, is of ocf:virt:Xen, and did not stop.\n',
  });
  expect(runner.calls.at(-1)?.join(' ')).toContain('--delete-parameter maintenance');
});

it('a cluster that answers no more leaves the VM in maintenance, with advice', async () => {
  const runner = cluster({ silentAfter: '--refresh' });
  const { exit, text } = await adopt(args, operatorTools(runner));
  expect(exit).toBe(1);
  expect(text).toContain('Not connected');
  expect(text).toContain('vm01: in maintenance; the cluster leaves the VMs as they are. See ocf-virt where.');
  expect(text).toContain('crm_resource --resource vm01 --meta --delete-parameter maintenance');
  expect(runner.calls.some((call) => call.includes('--delete-parameter'))).toBe(false);
});
