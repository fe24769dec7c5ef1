import { datastoreName, readDatastores } from '../../lib/hypervisor/vmware/datastores.ts';
import type { Entry } from '../../lib/hypervisor/vmware/vmware-state.ts';
import { notInstalled } from '../../lib/ocf/error.ts';

/**
 * The name by which `vmrun -T server` knows a VM, `[DATASTORE] dir/x.vmx`.
 *
 * @throws OcfError exit 5 when no datastore of this node holds it.
 */
export async function datastoreEntry(vmxpath: string): Promise<Entry> {
  const file = datastoreName(vmxpath, await readDatastores());
  if (file !== undefined) return { id: '', file };
  throw notInstalled(
    `no datastore of VMware Server on this node holds ${vmxpath}`,
    'add its folder as a datastore: /etc/vmware/hostd/datastores.xml lists them',
  );
}
