import { existsSync, lstatSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { failed } from '../../lib/ocf/error.ts';
import { lastWords, type RunResult } from '../../lib/system/runner.ts';
import type { Domain, XenContext } from './domain.ts';

/**
 * A memory image fits the disks only as long as the VM has not run since. So each image carries a token that is also
 * written into the resource's meta attributes in the CIB: a start takes the token away, wherever it happens, and an
 * image whose token is gone is never restored.
 */
const tokenAttribute = 'saved_image';

/** Saves the memory of the domain; false when that failed and the guest still has to be shut down. */
export async function saveImage(domain: Domain, context: XenContext, deadline: Deadline): Promise<boolean> {
  const { environment, log } = context;
  const problem = folderProblem(context.parameters.save_directory);
  if (problem !== undefined) {
    log.warn(`${domain.label} is shut down instead of saved: ${problem}`);
    return false;
  }
  const { image, tokenFile } = files(domain, context);
  const unfinished = `${image}.unfinished`;
  const answer = await domain.xl.save(unfinished, deadline);
  // xl's 0 is enough: the image is whole. The domain's remains may take a moment to go, or xl may not tell.
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    log.warn(`${domain.label} is shut down instead of saved: xl save: ${lastWords(answer)}`);
    rmSync(unfinished, { force: true });
    return false;
  }
  const token = `${environment.instance}-${Date.now()}-${process.pid}`;
  writeFileSync(tokenFile, token, { mode: 0o600 });
  renameSync(unfinished, image);
  writeToken(token, context);
  log.info(`${domain.label} is saved to ${image}`);
  return true;
}

/**
 * Restores the saved domain, paused; false when there is no image that may be restored.
 *
 * @throws OcfError exit 1 when the restore fails: the image stays, for another node or for the operator.
 */
export async function restoreImage(domain: Domain, context: XenContext): Promise<boolean> {
  const { log, deadline } = context;
  const { image, tokenFile } = files(domain, context);
  const expected = takeToken(context);
  if (!existsSync(image)) return false;
  const problem = folderProblem(context.parameters.save_directory);
  if (problem !== undefined)
    throw failed(
      `${domain.label}: ${image} is not restored: ${problem}`,
      'correct the folder, or remove the image to boot afresh',
    );
  if (expected !== 'no cluster' && (expected === undefined || expected !== readToken(tokenFile))) {
    const aside = `${image}.stale-${Date.now()}`;
    renameSync(image, aside);
    log.warn(
      `${domain.label}: the saved image is older than the last start of the VM and is not restored; it is kept as ${aside}`,
    );
    return false;
  }
  const answer = await domain.xl.restorePaused(image, deadline.within(deadline.remaining() * 0.8));
  const state = await domain.lookUntil(({ kind }) => kind !== 'unknown', deadline);
  if (answer.outcome !== 'exited' || answer.code !== 0 || state.kind !== 'paused') {
    // A copy that is half restored must never run, and the image is good again only once nothing of it is left.
    const left = state.kind === 'absent' ? state : await dropHalfRestored(domain, context);
    if (left.kind === 'absent' && expected !== 'no cluster') writeToken(expected, context);
    throw failed(
      `${domain.label}: xl restore ${image} failed: ${lastWords(answer)}`,
      'the image is kept: start the VM on the node that saved it, or remove the image to boot afresh',
    );
  }
  // From here on the memory lives in the domain: the image must never be used a second time.
  rmSync(image);
  rmSync(tokenFile, { force: true });
  log.info(`${domain.label} is restored from ${image}`);
  return true;
}

async function dropHalfRestored(domain: Domain, { deadline }: XenContext): Promise<VmState> {
  await domain.xl.destroy(domain.target(), deadline);
  return domain.lookUntil(({ kind }) => kind === 'absent', deadline);
}

function files(domain: Domain, { parameters }: XenContext): { readonly image: string; readonly tokenFile: string } {
  const image = join(parameters.save_directory ?? '', `${encodeURIComponent(domain.name)}.image`);
  return { image, tokenFile: `${image}.token` };
}

/** A memory image holds the secrets of a guest, and restoring one runs it: only root may write there. */
function folderProblem(folder: string | undefined): string | undefined {
  if (folder === undefined) return 'save_directory is not set';
  try {
    const found = lstatSync(folder);
    if (!found.isDirectory()) return `${folder} is no folder`;
    const others = (found.mode & 0o022) !== 0 || found.uid !== process.getuid?.();
    if (others) return `${folder} can be written by others than root`;
    const above = replaceableAbove(folder);
    return above === undefined ? undefined : `${above} above it can be written by others than root`;
  } catch (error) {
    return `${folder} cannot be used (${error instanceof Error && 'code' in error ? error.code : error})`;
  }
}

/** A folder above in which others could put another folder in the place of this one; `/tmp` is none, being sticky. */
function replaceableAbove(folder: string): string | undefined {
  for (let above = dirname(realpathSync(folder)); ; above = dirname(above)) {
    const { mode, uid } = lstatSync(above);
    const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
    if (isOpen || (uid !== 0 && uid !== process.getuid?.())) return above;
    if (above === '/') return undefined;
  }
}

function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function writeToken(token: string | undefined, context: XenContext): void {
  if (token === undefined) return;
  const answer = metaAttribute(['--set-parameter', tokenAttribute, '--parameter-value', token], context);
  if (answer.code !== 0) context.log.warn(`the token of the saved image could not be written: ${lastWords(answer)}`);
}

/** Reads and removes the token; `no cluster` when Pacemaker is not installed or not running here. */
function takeToken(context: XenContext): string | undefined {
  const read = metaAttribute(['--get-parameter', tokenAttribute], context);
  // 102 is CRM_EX_DISCONNECT.
  if (read.outcome === 'missing' || read.code === 102) return 'no cluster';
  if (read.outcome !== 'exited') {
    throw failed(
      `the cluster did not say whether a saved image is valid: ${lastWords(read)}`,
      'look whether Pacemaker answers on this node: crm_mon -1',
    );
  }
  if (read.code !== 0) return undefined;
  const taken = metaAttribute(['--delete-parameter', tokenAttribute], context);
  if (taken.outcome !== 'exited' || taken.code !== 0) {
    throw failed(
      `the token of the saved image could not be taken from the cluster: ${lastWords(taken)}`,
      'look whether Pacemaker answers on this node: crm_mon -1',
    );
  }
  return read.stdout.trim();
}

function metaAttribute(args: readonly string[], { host, environment, deadline }: XenContext): RunResult {
  const all = ['--resource', environment.instance, '--meta', ...args];
  return host.runner.query('crm_resource', all, deadline.within(10_000));
}
