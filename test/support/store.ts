import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Change } from '../../src/git/store/commit-changes.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { inspectRepository, type UserRepository } from '../../src/git/user/user-repository.js';
import type { CommitSha } from '../../src/contract/ids.js';
import { makeRepository, scratchFolder, type TestFiles, type TestRepository } from './repository.js';

/** The date of every commit in tests. */
export const AT = new Date('2026-11-23T21:00:00.900Z');

/** A change that writes text. */
export function write(path: string, text: string): Change {
  return { path, content: Buffer.from(text) };
}

/** Runs git on a store. Returns its output. */
export function execGit(store: GitStore, ...args: readonly string[]): string {
  return execFileSync('git', [`--git-dir=${store.gitDir}`, ...args], { encoding: 'utf8', stdio: 'pipe' });
}

/** A store and temporary repositories for the tests of one `describe`, removed after them. */
export function useStore() {
  const scratch = scratchFolder();
  let opened: GitStore | null = null;
  let number = 0;

  before(async () => {
    opened = await GitStore.open(join(scratch.path, 'store.git'));
  });
  after(() => {
    opened?.close();
    scratch.remove();
  });

  const store = (): GitStore => {
    if (opened === null) throw new Error('the store exists in tests and hooks only');
    return opened;
  };
  /** A new, unused path in the scratch folder. */
  const folder = (): string => {
    number += 1;
    return join(scratch.path, `r${number}`);
  };
  const repository = (files?: TestFiles): TestRepository => makeRepository(folder(), files);
  const importFrom = async (user: TestRepository): Promise<UserRepository> => {
    const seen = await inspectRepository(user.root);
    await store().importBase(seen, seen.head);
    return seen;
  };

  return {
    store,
    folder,
    repository,
    importFrom,
    /** Creates a repository and imports its commit into the store. */
    imported: async (files?: TestFiles) => {
      const user = repository(files);
      await store().importBase({ gitDir: join(user.root, '.git') }, user.head());
      return { repository: user, base: user.head() };
    },
    commit: (parent: CommitSha, changes: readonly Change[], message = 'x'): Promise<CommitSha> =>
      store().commitChanges({ parent, changes, message, at: AT }),
    text: async (of: CommitSha, path: string): Promise<string | undefined> =>
      (await store().readFile(of, path))?.toString('utf8'),
  };
}
