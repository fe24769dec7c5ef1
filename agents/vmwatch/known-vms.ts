import { fs } from '../../lib/system/bun.ts';
import { fileMemory } from '../../lib/system/memory.ts';
import type { Facts as VmwareFacts } from '../vmware/vm.ts';
import type { Facts as XenFacts } from '../xen/domain.ts';

/** A VM that an agent of this node has seen running here, and that none has stopped or sent away since. */
export type KnownVm = { readonly resource: string } & (
  | { readonly kind: 'Xen'; readonly facts: XenFacts }
  | { readonly kind: 'VMware'; readonly facts: VmwareFacts }
);

/**
 * Reads what the agents remember of the VMs of this node. Their memory is the one place that says which domain, or which
 * .vmx file, belongs to a resource here and now.
 */
export async function knownVms(runFolder: string): Promise<readonly KnownVm[]> {
  let names: string[];
  try {
    names = fs().readdirSync(runFolder);
  } catch {
    return [];
  }
  const found = await Promise.all(names.map((name) => readKnown(runFolder, name)));
  return found.filter((vm) => vm !== undefined);
}

/** Reads one VM anew; undefined when an agent has forgotten it. */
export async function knownVm({ kind, resource }: KnownVm, runFolder: string): Promise<KnownVm | undefined> {
  return await readKnown(runFolder, `${encodeURIComponent(`${kind}-${resource}`)}.json`);
}

async function readKnown(runFolder: string, file: string): Promise<KnownVm | undefined> {
  const [, kind, name] = /^(Xen|VMware)-(.+)\.json$/.exec(file) ?? [];
  if (name === undefined) return undefined;
  const resource = decodeURIComponent(name);
  if (kind === 'Xen') {
    const facts = await fileMemory<XenFacts>(`Xen-${resource}`, runFolder).read();
    return typeof facts?.name === 'string' ? { resource, kind, facts } : undefined;
  }
  const facts = await fileMemory<VmwareFacts>(`VMware-${resource}`, runFolder).read();
  return typeof facts?.vmxpath === 'string' ? { resource, kind: 'VMware', facts } : undefined;
}
