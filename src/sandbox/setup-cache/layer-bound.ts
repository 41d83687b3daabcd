/** Limits the disk space of the set-up layers on a machine: evicts old layers, but none that is in use. */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isLayer, manifestPath, readManifest } from './layer-files.js';
import { isLocked, lockPath, tryLock } from './layer-lock.js';
import { ageMs, isLeftOver, ownName } from '../../shared/process/owner.js';
import { listNames, removeFolder } from '../scratch-folder.js';

/** Disk space for layers, in bytes: about twenty layers of a large project. A layer in use is always kept. */
export const LAYERS_BYTES = 10 * 1024 ** 3;
/** A layer that was not used for two weeks is evicted. A set-up can create it again. */
const UNUSED_MS = 14 * 24 * 60 * 60 * 1000;

/** Separates the layer's name from its user's name in the name of a mark. */
const IN_USE = '.in-use.';

/**
 * Marks a layer as in use, which prevents its eviction.
 * @returns a function that removes the mark; null when the layer does not exist or is being evicted. Eviction takes the
 *   lock and then checks the marks, while this function writes the mark and then checks the lock. So at least one of
 *   them notices the other.
 */
export async function markLayerInUse(layer: string): Promise<(() => Promise<void>) | null> {
  const mark = `${layer}${IN_USE}${ownName()}.${randomBytes(4).toString('hex')}`;
  const release = () => rm(mark, { force: true });
  await writeFile(mark, '');
  if ((await isLayer(layer)) && !(await isLocked(lockPath(layer)))) return release;
  await release();
  return null;
}

/**
 * Evicts layers that were not used for two weeks, layers whose manifest cannot be read and, the least recently used
 * first, layers beyond the limit. Never evicts a layer that is in use.
 */
export async function evictLayers(layersFolder: string, limitBytes: number): Promise<void> {
  let total = 0;
  for (const [index, { layer, age, bytes }] of (await listLayers(layersFolder)).entries()) {
    total += bytes ?? 0;
    // The most recently used layer stays even when it alone exceeds the limit, because it is needed.
    const tooMany = index > 0 && total > limitBytes;
    if ((bytes === null || age > UNUSED_MS || tooMany) && (await evictLayer(layer))) total -= bytes ?? 0;
  }
}

/** Lists the layers in a folder with the time since their last use, the most recently used first. */
async function listLayers(folder: string) {
  const layers = [];
  for (const name of await listNames(folder)) {
    const layer = join(folder, name);
    if (!KEY.test(name) || !(await isLayer(layer))) continue;
    const manifest = await readManifest(layer);
    layers.push({ layer, age: await ageMs(manifestPath(layer)), bytes: manifest?.bytes ?? null });
  }
  return layers.sort((one, other) => one.age - other.age);
}

/** The format of a key of `computeLayerKey`. */
const KEY = /^[0-9a-f]{32}$/;

/**
 * Evicts a layer unless it is locked or in use. Renames it first, so that nobody uses a partly removed layer.
 * @returns whether the layer was removed
 */
async function evictLayer(layer: string): Promise<boolean> {
  const lock = lockPath(layer);
  if ((await isLocked(lock)) || !(await tryLock(lock))) return false;
  try {
    if (await isInUse(layer)) return false;
    // With an owner's name, so that clean-up finds the folder if this process is killed.
    const gone = join(dirname(layer), `${ownName()}.${randomBytes(4).toString('hex')}`);
    await rename(layer, gone);
    await removeFolder(gone);
    return true;
  } finally {
    await rm(lock, { force: true });
  }
}

async function isInUse(layer: string): Promise<boolean> {
  const marks = await listMarks(dirname(layer));
  return marks.some(({ key, isStale }) => key === basename(layer) && !isStale);
}

/** Removes the in-use marks of dead processes. */
export async function removeStaleMarks(layersFolder: string): Promise<void> {
  for (const { path, isStale } of await listMarks(layersFolder)) if (isStale) await rm(path, { force: true });
}

/** Lists the in-use marks: the layer's name, and whether the process that wrote the mark is dead. */
async function listMarks(layersFolder: string) {
  const marks = [];
  for (const name of await listNames(layersFolder)) {
    const [key = '', owner] = name.split(IN_USE);
    const path = join(layersFolder, name);
    if (owner !== undefined) marks.push({ path, key, isStale: await isLeftOver(owner, path) });
  }
  return marks;
}
