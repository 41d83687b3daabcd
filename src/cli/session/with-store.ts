import { GitStore } from '../../git/store/git-store.js';
import type { HomePaths } from '../../shared/config.js';

/** Opens the git store of a home, and closes it after use. */
export async function withStore<T>(paths: HomePaths, use: (store: GitStore) => Promise<T>): Promise<T> {
  const store = await GitStore.open(paths.store);
  try {
    return await use(store);
  } finally {
    store.close();
  }
}
