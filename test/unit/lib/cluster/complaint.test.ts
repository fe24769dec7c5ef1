import { expect, it } from 'vitest';
import { complaintIn } from '../../../../lib/cluster/complaint.ts';

const answer = (stdout: string, stderr = '') => ({ outcome: 'exited', code: 102, stdout, stderr }) as const;

it('the last error that a tool of Pacemaker wraps in XML is told, not the end of the XML', () => {
  const xml = `<pacemaker-result api-version="2.25" request="crm_mon --one-shot --output-as=xml">
  <status code="102" message="Not connected">
    <errors>
      <error>error: Could not connect to launcher: Connection refused</error>
      <error>crm_mon: Connection to cluster failed: Connection refused</error>
    </errors>
  </status>
</pacemaker-result>
`;
  expect(complaintIn(answer(xml))).toBe('Connection to cluster failed: Connection refused');
  expect(complaintIn(answer(xml.replace(/<errors>.*<\/errors>/s, '')))).toBe('Not connected');
});

it('what is no XML is told as it is', () => {
  expect(complaintIn(answer('', 'crm_mon: bad option\n'))).toBe('crm_mon: bad option');
  expect(complaintIn({ ...answer(''), outcome: 'timed-out' })).toBe('no answer in time');
});
