/**
 * Runs the plan's `setup` command once for each distinct set of lock files. The result is kept as a read-only layer,
 * which is mounted under the files of every test. Tests that need the layer while the set-up runs wait for it, in this
 * process and in others.
 */
import { rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ageMs } from '../../shared/process/owner.js';
import { OUTPUT_LIMIT_BYTES, type CommandResult } from '../../results/command-result.js';
import { createCommandEnvironment } from '../command-environment.js';
import { evictLayers, markLayerInUse, LAYERS_BYTES, removeStaleMarks } from './layer-bound.js';
import { isLayer, manifestPath, finishLayer, addParentFolders } from './layer-files.js';
import { isLocked, lockPath, tryLock } from './layer-lock.js';
import { computeLayerKey, type LayerInputs } from './dependency-lock-files.js';
import {
  createScratchFolder,
  listNames,
  removeScratchFolder,
  removeLeftoverTrees,
  type ScratchFolder,
} from '../scratch-folder.js';
import type { Runner } from '../runners/runner.js';
import { SharedWork } from '../../shared/async/shared-work.js';
import { inSpan } from '../../tracing/spans.js';

export interface SetupRequest extends LayerInputs {
  readonly runner: Runner;
  /** The folder of all layers. Each layer is a folder in it, named by its key. */
  readonly layersFolder: string;
  /** Whether the command may use the network. */
  readonly network: boolean;
  readonly timeoutMs: number;
  /** Disk space for all layers; LAYERS_BYTES by default. */
  readonly limitBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The layer's folder, or the result of a set-up that failed. A failure is not cached. `made`: created by this call. */
export type SetupOutcome =
  | { readonly ok: true; readonly layer: string; readonly made: boolean }
  | { readonly ok: false; readonly result: CommandResult; readonly scratch: ScratchFolder };

/** Another process's set-up takes seconds to minutes, so polling five times a second adds little to the wait. */
const POLL_MS = 200;
/** Time for the rest of a set-up on a slow disk. A lock older than the command's timeout plus this is removed. */
const LOCK_MARGIN_MS = 5 * 60 * 1000;
/** An eviction check locks a layer only for some milliseconds. */
const EVICTION_RETRY_MS = 20;

const setupsInProgress = new SharedWork<SetupOutcome>();

/**
 * Calls `use` with the layer for a commit, from the cache or created now. The layer is not evicted before `use` ends.
 * @throws the signal's reason when it is aborted; EnvironmentError when files cannot be written
 */
export async function withLayer<T>(
  request: SetupRequest,
  use: (outcome: SetupOutcome) => Promise<T>,
): Promise<T> {
  for (;;) {
    request.signal?.throwIfAborted();
    const attributes = { 'leadwright.commit': request.commit };
    const span = { name: 'sandbox setup', isRequest: false, attributes };
    const outcome = await inSpan(span, () => ensureLayer(request));
    if (!outcome.ok) return await use(outcome);
    const release = await markLayerInUse(outcome.layer);
    if (release === null) {
      await sleep(EVICTION_RETRY_MS);
      continue;
    }
    try {
      // Only now, because the new layer is marked as in use.
      if (outcome.made) await evictLayers(request.layersFolder, request.limitBytes ?? LAYERS_BYTES);
      return await use(outcome);
    } finally {
      await release();
    }
  }
}

async function ensureLayer(request: SetupRequest): Promise<SetupOutcome> {
  // A set-up may write the sandbox's paths or user into its files, so each kind of runner has its own layers.
  const scope = `${request.runner.describe().kind} ${request.scope}`;
  const layer = join(request.layersFolder, await computeLayerKey({ ...request, scope }));
  if (await isLayer(layer)) return await touchLayer(layer);
  const begin = (signal: AbortSignal): Promise<SetupOutcome> => makeLayer({ ...request, signal }, layer);
  return await setupsInProgress.join(layer, begin, request.signal);
}

/** Removes the files that dead processes left in the layers' folder, and evicts old and excess layers. */
export async function removeLeftoverLayers(layersFolder: string): Promise<void> {
  await removeLeftoverTrees(layersFolder);
  await removeStaleMarks(layersFolder);
  for (const name of await listNames(layersFolder)) {
    if (name.endsWith('.lock')) await isLocked(join(layersFolder, name));
  }
  await evictLayers(layersFolder, LAYERS_BYTES);
}

/** Updates the time of the layer's last use. */
async function touchLayer(layer: string): Promise<SetupOutcome> {
  const now = new Date();
  // The layer may have been evicted meanwhile. `withLayer` notices that and creates it again.
  await utimes(manifestPath(layer), now, now).catch(() => undefined);
  return { ok: true, layer, made: false };
}

async function makeLayer(request: SetupRequest, layer: string): Promise<SetupOutcome> {
  const scratch = await createScratchFolder(request.layersFolder);
  try {
    const lock = await takeLock(layer, request);
    if (lock === null) return await touchLayer(layer);
    try {
      return await buildLayer(request, scratch, layer);
    } finally {
      await rm(lock, { force: true });
    }
  } finally {
    await removeScratchFolder(scratch);
  }
}

/**
 * Waits until this process may create the layer. Two waiters may both take over the lock of a dead process. At worst
 * the set-up then runs twice, because the layer is built in another folder and then renamed.
 * @returns the lock to remove, or null when another process has created the layer meanwhile
 */
async function takeLock(layer: string, request: SetupRequest): Promise<string | null> {
  const lock = lockPath(layer);
  for (;;) {
    request.signal?.throwIfAborted();
    if (await isLayer(layer)) return null;
    if (await tryLock(lock)) {
      // Another process may have finished the layer between the check and the lock.
      if (!(await isLayer(layer))) return lock;
      await rm(lock, { force: true });
      return null;
    }
    const tooOld = (await ageMs(lock)) > request.timeoutMs + LOCK_MARGIN_MS;
    if (tooOld) await rm(lock, { force: true });
    else if (await isLocked(lock))
      await sleep(POLL_MS, undefined, { signal: request.signal }).catch(() => undefined);
  }
}

async function buildLayer(
  request: SetupRequest,
  scratch: ScratchFolder,
  layer: string,
): Promise<SetupOutcome> {
  const { runner, source, commit, command, environment, network, timeoutMs, signal } = request;
  const visible = runner.visibleFolders(scratch);
  const result = await runner.run({
    source,
    commit,
    layer: null,
    command,
    scratch,
    env: createCommandEnvironment(environment.host, environment.allow, visible),
    network,
    keep: true,
    keepFiles: [],
    timeoutMs,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    signal,
  });
  signal?.throwIfAborted();
  if (result.ended !== 'exited' || result.exitCode !== 0) return { ok: false, result, scratch };
  const committed = await source.listTree(commit);
  await finishLayer(scratch, visible, addParentFolders(committed.map(({ path }) => path)));
  await publishLayer(scratch.root, layer);
  return { ok: true, layer, made: true };
}

async function publishLayer(from: string, layer: string): Promise<void> {
  try {
    await rename(from, layer);
  } catch (error) {
    // Another process created the same layer after a lock was taken over. Both are equal.
    if (!(await isLayer(layer))) throw error;
  }
}
