/** How much the set-up layers of a machine may take, and which are let go. */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isLayer, manifestPath, readManifest } from './layer-files.js';
import { isLocked, lockPath, tryLock } from './layer-lock.js';
import { ageMs, isLeftOver, ownName } from '../../shared/owner.js';
import { listNames, removeFolder } from '../scratch-folder.js';

/** Bytes of layers that are kept: some twenty of a large project's. One that is in use is kept in any case. */
export const LAYERS_BYTES = 10 * 1024 ** 3;
/** A layer is a copy of work that can be done again; one that was of no use for two weeks is let go. */
const UNUSED_MS = 14 * 24 * 60 * 60 * 1000;

/** Comes between a layer's name and that of whoever uses it. */
const IN_USE = '.in-use.';

/**
 * Keeps a layer from being let go, until what is returned is called. Null when it is gone, or about to go:
 * whoever drops one takes its lock before it looks who uses it, and here it is the other way round.
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
 * Drops layers that were not used for two weeks, layers whose manifest cannot be read and, oldest first, as many as
 * exceed the limit. Never drops one that is in use.
 */
export async function evictLayers(layersFolder: string, limitBytes: number): Promise<void> {
  let total = 0;
  for (const [index, { layer, age, bytes }] of (await listLayers(layersFolder)).entries()) {
    total += bytes ?? 0;
    // The latest may be larger than all that is allowed, and is needed.
    const tooMany = index > 0 && total > limitBytes;
    if ((bytes === null || age > UNUSED_MS || tooMany) && (await evictLayer(layer))) total -= bytes ?? 0;
  }
}

/** The layers of a folder, with the time since each was last used, the latest first. */
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

/** As `layerKey` gives it. */
const KEY = /^[0-9a-f]{32}$/;

/** Whether it went. It is moved away first, so that nobody meets half of it. */
async function evictLayer(layer: string): Promise<boolean> {
  const lock = lockPath(layer);
  if ((await isLocked(lock)) || !(await tryLock(lock))) return false;
  try {
    if (await isInUse(layer)) return false;
    // Named as what a killed process leaves is, which is swept.
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
  return marks.some(({ of, left }) => of === basename(layer) && !left);
}

/** Removes the marks of dead processes. */
export async function removeStaleMarks(layersFolder: string): Promise<void> {
  for (const { path, left } of await listMarks(layersFolder)) if (left) await rm(path, { force: true });
}

/** Who uses which layer, and whether the mark was left behind. */
async function listMarks(layersFolder: string) {
  const marks = [];
  for (const name of await listNames(layersFolder)) {
    const [of = '', owner] = name.split(IN_USE);
    const path = join(layersFolder, name);
    if (owner !== undefined) marks.push({ path, of, left: await isLeftOver(owner, path) });
  }
  return marks;
}
