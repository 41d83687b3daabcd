/** The history of a run's base: read once, and kept in the home for all its tasks and processes. */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { CommitSha } from '../contract/ids.js';
import { withBorrowedFolder } from '../git/user/borrowed-folder.js';
import { readChangeLog, type PastCommit } from '../git/user/change-log.js';
import { PromiseCache } from '../shared/async/promise-cache.js';
import { writeWhole } from '../shared/files/write-whole.js';

/** Bases in memory: those of the runs that a process works for. */
const MAX_IN_MEMORY = 8;

/** Bases on disk, half a megabyte each. */
const MAX_ON_DISK = 40;

const changeLogSchema = z.array(z.object({ message: z.string(), paths: z.array(z.string()) }));

export class ChangeLogs {
  readonly #known = new PromiseCache<readonly PastCommit[]>(MAX_IN_MEMORY);

  /** @param folder of the cache */
  constructor(private readonly folder: string) {}

  /**
   * The newest ancestors of a commit. Empty when the user's repository cannot be read: a map does without.
   * @param gitDir of the user's repository
   */
  async of(gitDir: string, commit: CommitSha): Promise<readonly PastCommit[]> {
    return this.#known.get(commit, () => this.#load(gitDir, commit)).catch(() => []);
  }

  async #load(gitDir: string, commit: CommitSha): Promise<readonly PastCommit[]> {
    const file = join(this.folder, `${commit}.json`);
    const cached = await readCached(file);
    if (cached !== null) return cached;
    const { commits, isComplete } = await withBorrowedFolder(gitDir, { head: commit }, (folder) =>
      readChangeLog(folder, commit),
    );
    // A full disk costs the next process the same work, and this one nothing. A log that was cut off is not kept: on an
    // idle machine, or after `git fetch --unshallow`, it is longer.
    if (isComplete) await this.#keep(file, commits).catch(() => undefined);
    return commits;
  }

  async #keep(file: string, log: readonly PastCommit[]): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.#removeOldest();
    await writeWhole(file, JSON.stringify(log));
  }

  async #removeOldest(): Promise<void> {
    const names = await readdir(this.folder);
    if (names.length < MAX_ON_DISK) return;
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        return { path, at: (await stat(path).catch(() => null))?.mtimeMs ?? 0 };
      }),
    );
    const oldest = files.sort((a, b) => a.at - b.at).slice(0, names.length - MAX_ON_DISK + 1);
    for (const { path } of oldest) await rm(path, { force: true });
  }
}

/** Null when there is none, or it is damaged. */
async function readCached(file: string): Promise<readonly PastCommit[] | null> {
  try {
    return changeLogSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}
