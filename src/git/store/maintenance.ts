import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { errorCode } from '../../shared/error-code.js';
import { createNew, removeIfOlder, removeStaleLocks } from '../process/lock-file.js';

export type MaintenanceResult = 'done' | 'not-needed' | 'busy';

/**
 * Objects in one of the 256 folders of loose ones from which a repack is worth it: about 4,000 in all, half a
 * second's work, made by about 800 commits.
 */
const LOOSE_IN_A_FOLDER = 16;
/** Packs from which a repack is worth it, as in git's own gc: each import adds one, each read looks in all. */
const MANY_PACKS = 50;

/**
 * Packs loose objects when there are many, keeping every one of them, reachable or not. Safe beside readers
 * and writers; of several processes one does it and the others hear `busy`.
 */
export async function maintain(gitDir: string): Promise<MaintenanceResult> {
  if (!(await isNeeded(gitDir))) return 'not-needed';
  const lock = join(gitDir, 'leadwright-maintenance.lock');
  if (!(await createNew(lock))) {
    // Older than its commands may take: what held it was killed. The next call finds the way free.
    await removeIfOlder(lock, 3 * TIME_LIMIT.bulk);
    return 'busy';
  }
  try {
    // With --keep-unreachable nothing is dropped, and the list of shallow commits is left alone.
    await git(gitDir, ['repack', '--geometric=2', '-d', '--keep-unreachable', '--quiet']);
    await git(gitDir, ['pack-refs', '--all']);
    await removeStaleLocks(gitDir);
    await sweepTemporaries(gitDir);
  } finally {
    await rm(lock, { force: true });
  }
  return 'done';
}

async function git(gitDir: string, args: readonly string[]): Promise<void> {
  await runGit({ gitDir, args, timeLimitMs: TIME_LIMIT.bulk });
}

async function isNeeded(gitDir: string): Promise<boolean> {
  // shas are even: any one folder stands for all.
  const loose = await names(join(gitDir, 'objects', '17'));
  const packs = await names(join(gitDir, 'objects', 'pack'));
  return (
    loose.length >= LOOSE_IN_A_FOLDER || packs.filter((name) => name.endsWith('.pack')).length >= MANY_PACKS
  );
}

/** Removes what killed processes left: half-written packs, and fast-import's crash reports. */
async function sweepTemporaries(gitDir: string): Promise<void> {
  const packs = join(gitDir, 'objects', 'pack');
  const half = (await names(packs))
    .filter((name) => name.startsWith('tmp_'))
    .map((name) => join(packs, name));
  const left = (await names(gitDir)).filter((name) => name.startsWith('fast_import_crash_'));
  for (const path of [...half, ...left.map((name) => join(gitDir, name))]) {
    // No process of ours writes for longer than the limit, so an older file has no writer.
    await removeIfOlder(path, 2 * TIME_LIMIT.bulk);
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
