import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeBorrowedFolder,
  readBorrowed,
  removeBorrowedFolder,
  type Borrow,
  type Borrowed,
} from './borrowed-folder.js';

/**
 * After this time a folder is made anew. Workers on other hosts remove one that is a day old, because they cannot see whether
 * its process is alive.
 */
const MAX_AGE_MS = 60 * 60 * 1000;

/** Folders that are kept: enough for the repositories whose runs a worker serves at once. */
const MAX_KEPT = 16;

interface Kept {
  readonly folder: string;
  readonly madeFrom: Borrowed;
  /** By the steady clock. */
  readonly madeAt: number;
  users: number;
  /** Whether another one has taken its place. Its last user removes it. */
  isReplaced: boolean;
}

/**
 * Keeps borrowed folders for the next use. A run publishes several times a second, and a folder has a dozen of files. To create
 * and remove them each time takes little, but ext4 does not use the place of a removed file again for minutes: it searches past
 * all of them whenever any file is created, for milliseconds.
 */
export class KeptBorrowedFolders {
  readonly #kept = new Map<string, Kept>();

  /** @param parent where the folders are created */
  constructor(private readonly parent: string) {}

  readonly borrow: Borrow = async (gitDir, use) => {
    const kept = this.#provide(gitDir, await readBorrowed(gitDir));
    kept.users += 1;
    try {
      return await use(kept.folder);
    } catch (error) {
      // A git process may have left something in it.
      kept.isReplaced = true;
      throw error;
    } finally {
      kept.users -= 1;
      removeIfUnused(kept);
    }
  };

  /** Removes the folders, those in use when their users end. */
  close(): void {
    for (const [gitDir, kept] of this.#kept) this.#replace(gitDir, kept);
  }

  #provide(gitDir: string, madeFrom: Borrowed): Kept {
    const known = this.#kept.get(gitDir);
    if (known !== undefined && isUsable(known, madeFrom)) {
      this.#kept.delete(gitDir);
      this.#kept.set(gitDir, known);
      return known;
    }
    const made = {
      folder: makeBorrowedFolder(this.parent, gitDir, madeFrom),
      madeFrom,
      madeAt: performance.now(),
      users: 0,
      isReplaced: false,
    };
    if (known !== undefined) this.#replace(gitDir, known);
    this.#kept.set(gitDir, made);
    const [oldest] = this.#kept;
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#replace(...oldest);
    return made;
  }

  #replace(gitDir: string, kept: Kept): void {
    this.#kept.delete(gitDir);
    kept.isReplaced = true;
    removeIfUnused(kept);
  }
}

function removeIfUnused({ folder, users, isReplaced }: Kept): void {
  if (isReplaced && users === 0) removeBorrowedFolder(folder);
}

/** Whether a folder is as it would be made now. A clean-up program may have removed it. */
function isUsable({ folder, madeFrom, madeAt, isReplaced }: Kept, { parts, settings }: Borrowed): boolean {
  const isEqual = settings === madeFrom.settings && parts.join() === madeFrom.parts.join();
  const isYoung = performance.now() - madeAt < MAX_AGE_MS;
  return isEqual && isYoung && !isReplaced && FILES.every((name) => existsSync(join(folder, name)));
}

const FILES = ['HEAD', 'config', join('info', 'attributes')];
