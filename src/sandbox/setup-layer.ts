/**
 * The plan's `setup` command, run once per distinct lock files: its result is kept as a layer that every test
 * gets a copy of. Whoever comes while it runs waits for it, in this process and in others.
 */
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTPUT_LIMIT_BYTES, type CommandResult } from './command-result.js';
import { scrubbedEnvironment } from './environment.js';
import { isLayer, manifestOf, sealLayer, withFolders } from './layer-files.js';
import { layerKey, type LayerInputs } from './lock-files.js';
import { ownerState } from './owner.js';
import { ageMs, makePlace, namesIn, removeFolder, removePlace, sweepTrees, type Place } from './place.js';
import type { Runner } from './runner.js';
import { SharedWork } from './shared-work.js';

export interface SetupRequest extends LayerInputs {
  readonly runner: Runner;
  /** Where layers are kept, a folder each, named by key. */
  readonly layersFolder: string;
  /** Whether the command may reach the network. */
  readonly network: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A layer's folder, or the result of a command that failed; a failure is not kept. */
export type SetupOutcome =
  | { readonly ok: true; readonly layer: string }
  | { readonly ok: false; readonly result: CommandResult; readonly place: Place };

/** Another process's set-up takes seconds to minutes: looking five times a second adds nothing to that. */
const POLL_MS = 200;
/** What a set-up needs besides its command, on a slow disk: after that much more its lock is given up. */
const LOCK_SPARE_MS = 5 * 60 * 1000;
/** A layer is a copy of work that can be done again; one that was of no use for two weeks is let go. */
const UNUSED_MS = 14 * 24 * 60 * 60 * 1000;

const underway = new SharedWork<SetupOutcome>();

/**
 * The layer for a commit, from the cache or made now.
 * @throws the signal's reason when it is aborted; EnvironmentError when files cannot be written
 */
export async function ensureLayer(request: SetupRequest): Promise<SetupOutcome> {
  // A sandbox has paths and an owner of its own, which a set-up may have written down.
  const scope = `${request.runner.describe().kind} ${request.scope}`;
  const layer = join(request.layersFolder, await layerKey({ ...request, scope }));
  if (await isLayer(layer)) return await used(layer);
  const begin = (signal: AbortSignal): Promise<SetupOutcome> => makeLayer({ ...request, signal }, layer);
  return await underway.join(layer, begin, request.signal);
}

/** Removes what dead processes left among the layers, and layers that have not been used for two weeks. */
export async function sweepLayers(layersFolder: string): Promise<void> {
  await sweepTrees(layersFolder);
  for (const name of await namesIn(layersFolder)) {
    const layer = join(layersFolder, name);
    const owner = name.endsWith('.lock') ? await readFile(layer, 'utf8').catch(() => '') : '';
    if (ownerState(owner) === 'dead') await rm(layer, { force: true });
    if ((await ageMs(manifestOf(layer))) > UNUSED_MS) await removeFolder(layer);
  }
}

async function used(layer: string): Promise<SetupOutcome> {
  const now = new Date();
  await utimes(manifestOf(layer), now, now);
  return { ok: true, layer };
}

async function makeLayer(request: SetupRequest, layer: string): Promise<SetupOutcome> {
  const place = await makePlace(request.layersFolder);
  try {
    const lock = await takeLock(place, layer, request);
    if (lock === null) return await used(layer);
    try {
      return await build(request, place, layer);
    } finally {
      await rm(lock, { force: true });
    }
  } finally {
    await removePlace(place);
  }
}

/**
 * Waits until this process may make the layer. The lock is a file that appears with its content (a link),
 * which names its owner, so that a killed owner's is seen through at once. Two waiters may then both take it
 * over: the worst is a set-up done twice, since the layer is made aside and renamed into place.
 * @returns the lock to remove, or null when the layer has been made meanwhile
 */
async function takeLock(place: Place, layer: string, request: SetupRequest): Promise<string | null> {
  const lock = `${layer}.lock`;
  const ticket = join(place.root, 'ticket');
  await writeFile(ticket, place.id);
  for (;;) {
    request.signal?.throwIfAborted();
    if (await isLayer(layer)) return null;
    if (await isLinked(ticket, lock)) {
      // The link has the ticket's date, and its owner may have waited long.
      await utimes(lock, new Date(), new Date());
      // It may have been finished between the look and the lock.
      if (!(await isLayer(layer))) return lock;
      await rm(lock, { force: true });
      return null;
    }
    const owner = await readFile(lock, 'utf8').catch(() => null);
    const given = owner !== null && ownerState(owner) !== 'dead';
    const tooOld = (await ageMs(lock)) > request.timeoutMs + LOCK_SPARE_MS;
    if (owner !== null && (!given || tooOld)) await rm(lock, { force: true });
    else await sleep(POLL_MS, undefined, { signal: request.signal }).catch(() => undefined);
  }
}

async function isLinked(from: string, to: string): Promise<boolean> {
  return await link(from, to).then(
    () => true,
    async (error: unknown) => {
      // Only "it is there" means waiting; a disk that takes no link at all must be told.
      const isThere = await stat(to).catch(() => null);
      if (isThere === null && !isExists(error)) throw error;
      return false;
    },
  );
}

function isExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

async function build(request: SetupRequest, place: Place, layer: string): Promise<SetupOutcome> {
  const { runner, source, commit, command, environment, network, timeoutMs, signal } = request;
  await rm(join(place.root, 'ticket'));
  const inside = runner.inside(place);
  const result = await runner.run({
    source,
    commit,
    layer: null,
    command,
    place,
    env: scrubbedEnvironment(environment.host, environment.allow, inside),
    network,
    keep: true,
    timeoutMs,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    signal,
  });
  signal?.throwIfAborted();
  if (result.ended !== 'exited' || result.exitCode !== 0) return { ok: false, result, place };
  const committed = await source.listTree(commit);
  await sealLayer(place, inside, withFolders(committed.map(({ path }) => path)));
  await moveIntoPlace(place.root, layer);
  return { ok: true, layer };
}

async function moveIntoPlace(from: string, layer: string): Promise<void> {
  try {
    await rename(from, layer);
  } catch (error) {
    // Another process made the same layer after a lock was taken over: one is as good as the other.
    if (!(await isLayer(layer))) throw error;
  }
}
