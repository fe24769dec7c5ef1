import { fs } from '../../lib/system/bun.ts';
import { fromFileName, toFileName } from '../../lib/system/file-name.ts';
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
export function knownVms(runFolder: string): readonly KnownVm[] {
  let names: string[];
  try {
    names = fs().readdirSync(runFolder);
  } catch {
    return [];
  }
  return names.map((name) => readKnown(runFolder, name)).filter((vm) => vm !== undefined);
}

/** Reads one VM anew; undefined when an agent has forgotten it. */
export function knownVm({ kind, resource }: KnownVm, runFolder: string): KnownVm | undefined {
  return readKnown(runFolder, `${toFileName(`${kind}-${resource}`)}.json`);
}

function readKnown(runFolder: string, file: string): KnownVm | undefined {
  const [, kind, name = ''] = /^(Xen|VMware)-(.+)\.json$/.exec(file) ?? [];
  const resource = fromFileName(name);
  if (!resource) return undefined;
  if (kind === 'Xen') {
    const facts = fileMemory<XenFacts>(`Xen-${resource}`, runFolder).read();
    return typeof facts?.name === 'string' ? { resource, kind, facts } : undefined;
  }
  const facts = fileMemory<VmwareFacts>(`VMware-${resource}`, runFolder).read();
  return typeof facts?.vmxpath === 'string' ? { resource, kind: 'VMware', facts } : undefined;
}
