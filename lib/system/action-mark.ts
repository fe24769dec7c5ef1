import { fs } from './bun.ts';
import { fromFileName, toFileName } from './file-name.ts';
import { privateFolder } from './memory.ts';
import { identify, lives, type ProcessIdentity } from './process-identity.ts';

/**
 * What is known of the actions on a resource: one is under way; or one was killed, which the cluster knows and will act
 * upon.
 */
export type ActionMark = 'under way' | 'killed';

/** This process, once it has been looked up: it does not change. */
let own: ProcessIdentity | undefined;

const folderOf = (runFolder: string) => `${runFolder}/actions`;

/**
 * Says that this process acts on a resource, for whoever watches the VMs of this node: an empty file that is named after
 * the resource and the process, so that a mark whose process is gone is known for what it is.
 *
 * @returns what takes the mark away, and those of killed actions on the same resource with it.
 */
export function markAction(runFolder: string, resource: string): () => void {
  const folder = folderOf(runFolder);
  let file: string | undefined;
  try {
    own ??= identify(process.pid);
    if (own === undefined) return () => {};
    file = `${toFileName(resource)}.${own.pid}.${own.startTicks}`;
    privateFolder(runFolder);
    privateFolder(folder);
    fs().writeFileSync(`${folder}/${file}`, '', { mode: 0o600 });
  } catch {
    // The disk of /run is full, or this is not root: the cluster knows of its actions as well.
  }
  return () => {
    for (const mark of marks(folder)) {
      if (mark.file === file || (mark.resource === resource && mark.state === 'killed'))
        remove(`${folder}/${mark.file}`);
    }
  };
}

/** The resources of this node that an action is working on, or was when it was killed. */
export function markedResources(runFolder: string): ReadonlyMap<string, ActionMark> {
  const found = new Map<string, ActionMark>();
  for (const { resource, state } of marks(folderOf(runFolder)))
    if (found.get(resource) !== 'under way') found.set(resource, state);
  return found;
}

function marks(folder: string): { readonly file: string; readonly resource: string; readonly state: ActionMark }[] {
  let names: string[];
  try {
    names = fs().readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((file) => {
    const [, name = '', pid, startTicks] = /^(.+)\.(\d+)\.(\d+)$/.exec(file) ?? [];
    const resource = fromFileName(name);
    if (!resource) return [];
    const actor = { pid: Number(pid), startTicks: Number(startTicks) };
    const isOwn = actor.pid === own?.pid && actor.startTicks === own.startTicks;
    const state = isOwn || lives(actor) ? 'under way' : 'killed';
    return [{ file, resource, state }];
  });
}

function remove(path: string): void {
  try {
    fs().rmSync(path, { force: true });
  } catch {
    // Nobody can take it away: it ends with its process.
  }
}
