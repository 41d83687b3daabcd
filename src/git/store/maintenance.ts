import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { errorCode } from '../../shared/error-code.js';
import { createIfAbsent, removeIfOlder, removeStaleLocks } from '../process/lock-file.js';

export type MaintenanceResult = 'done' | 'not-needed' | 'busy';

/**
 * Loose objects in one of the 256 object folders from which a repack is worth it. That is about 4,000 objects in all,
 * written by about 800 commits; packing them takes half a second.
 */
const MAX_LOOSE_PER_FOLDER = 16;
/** Packs from which a repack is worth it, as in git's own gc: each import adds one, and each read searches all. */
const MAX_PACKS = 50;

/**
 * Removes what killed processes left. Packs loose objects when there are many, and keeps every object, reachable or not. Safe while other processes read
 * and write. When several processes call it at once, one does the work and the others return `busy`.
 */
export async function maintain(gitDir: string): Promise<MaintenanceResult> {
  await removeTemporaryFiles(gitDir);
  if (!(await isNeeded(gitDir))) return 'not-needed';
  const lock = join(gitDir, 'leadwright-maintenance.lock');
  if (!(await createIfAbsent(lock))) {
    // A lock older than the time limits of the commands below was left by a killed process. The next call can take it.
    await removeIfOlder(lock, 3 * TIME_LIMIT.bulk);
    return 'busy';
  }
  try {
    // --keep-unreachable drops no object and leaves the list of shallow commits unchanged.
    await git(gitDir, ['repack', '--geometric=2', '-d', '--keep-unreachable', '--quiet']);
    await git(gitDir, ['pack-refs', '--all']);
    await removeStaleLocks(gitDir);
  } finally {
    await rm(lock, { force: true });
  }
  return 'done';
}

async function git(gitDir: string, args: readonly string[]): Promise<void> {
  await runGit({ gitDir, args, timeLimitMs: TIME_LIMIT.bulk });
}

async function isNeeded(gitDir: string): Promise<boolean> {
  // shas are evenly distributed, so one folder is a sample of all.
  const loose = await listNames(join(gitDir, 'objects', '17'));
  const packs = await listNames(join(gitDir, 'objects', 'pack'));
  return (
    loose.length >= MAX_LOOSE_PER_FOLDER || packs.filter((name) => name.endsWith('.pack')).length >= MAX_PACKS
  );
}

/** Removes the leftovers of killed processes: partial objects and packs, and crash reports of fast-import. */
async function removeTemporaryFiles(gitDir: string): Promise<void> {
  const objects = join(gitDir, 'objects');
  const folders = [objects, join(objects, 'pack')];
  const names = await Promise.all(folders.map(listNames));
  const partial = folders.flatMap((folder, index) =>
    (names[index] ?? []).filter((name) => name.startsWith('tmp_')).map((name) => join(folder, name)),
  );
  const reports = (await listNames(gitDir)).filter((name) => name.startsWith('fast_import_crash_'));
  for (const path of [...partial, ...reports.map((name) => join(gitDir, name))]) {
    // No git process runs longer than its time limit, so an older file has no writer.
    await removeIfOlder(path, 2 * TIME_LIMIT.bulk);
  }
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
