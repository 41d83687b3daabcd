/**
 * The plan's `setup` command, run once per distinct lock files: its result is kept as a layer which every test
 * finds under its files and none can change. Whoever comes while it runs waits for it, in this process and in others.
 */
import { rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ageMs } from '../../shared/owner.js';
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
import { SharedWork } from './shared-work.js';
import { inSpan } from '../../tracing/spans.js';

export interface SetupRequest extends LayerInputs {
  readonly runner: Runner;
  /** Where layers are kept, a folder each, named by key. */
  readonly layersFolder: string;
  /** Whether the command may reach the network. */
  readonly network: boolean;
  readonly timeoutMs: number;
  /** What the layers may take on the disk; LAYERS_BYTES when it is not given. */
  readonly limitBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A layer's folder, or the result of a command that failed; a failure is not kept. */
export type SetupOutcome =
  | { readonly ok: true; readonly layer: string; readonly made: boolean }
  | { readonly ok: false; readonly result: CommandResult; readonly scratch: ScratchFolder };

/** Another process's set-up takes seconds to minutes: looking five times a second adds nothing to that. */
const POLL_MS = 200;
/** What a set-up needs besides its command, on a slow disk: after that much more its lock is given up. */
const LOCK_MARGIN_MS = 5 * 60 * 1000;
/** A layer that is looked at by whoever lets layers go is free again within some milliseconds. */
const EVICTION_RETRY_MS = 20;

const setupsInProgress = new SharedWork<SetupOutcome>();

/**
 * Uses the layer for a commit, from the cache or made now; it stays where it is until then.
 * @throws the signal's reason when it is aborted; EnvironmentError when files cannot be written
 */
export async function withLayer<T>(
  request: SetupRequest,
  use: (outcome: SetupOutcome) => Promise<T>,
): Promise<T> {
  for (;;) {
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
      // Now that this one is held.
      if (outcome.made) await evictLayers(request.layersFolder, request.limitBytes ?? LAYERS_BYTES);
      return await use(outcome);
    } finally {
      await release();
    }
  }
}

async function ensureLayer(request: SetupRequest): Promise<SetupOutcome> {
  // A sandbox has paths and an owner of its own, which a set-up may have written down.
  const scope = `${request.runner.describe().kind} ${request.scope}`;
  const layer = join(request.layersFolder, await computeLayerKey({ ...request, scope }));
  if (await isLayer(layer)) return await touchLayer(layer);
  const begin = (signal: AbortSignal): Promise<SetupOutcome> => makeLayer({ ...request, signal }, layer);
  return await setupsInProgress.join(layer, begin, request.signal);
}

/** Removes what dead processes left among the layers, and the layers that are too old or too many. */
export async function removeLeftoverLayers(layersFolder: string): Promise<void> {
  await removeLeftoverTrees(layersFolder);
  await removeStaleMarks(layersFolder);
  for (const name of await listNames(layersFolder)) {
    if (name.endsWith('.lock')) await isLocked(join(layersFolder, name));
  }
  await evictLayers(layersFolder, LAYERS_BYTES);
}

async function touchLayer(layer: string): Promise<SetupOutcome> {
  const now = new Date();
  // One that was let go at this moment is made anew by whoever tries to hold it.
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
 * Waits until this process may make the layer. Two waiters may both take over a dead one's lock: the worst is a
 * set-up done twice, since the layer is made aside and renamed into place.
 * @returns the lock to remove, or null when the layer has been made meanwhile
 */
async function takeLock(layer: string, request: SetupRequest): Promise<string | null> {
  const lock = lockPath(layer);
  for (;;) {
    request.signal?.throwIfAborted();
    if (await isLayer(layer)) return null;
    if (await tryLock(lock)) {
      // It may have been finished between the look and the lock.
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
    // Another process made the same layer after a lock was taken over: one is as good as the other.
    if (!(await isLayer(layer))) throw error;
  }
}
