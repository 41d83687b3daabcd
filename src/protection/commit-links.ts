/** The symbolic links of commits. */
import type { CommitSha } from '../contract/ids.js';
import { linkedPath } from '../git/objects/tree-path.js';
import type { GitStore } from '../git/store/git-store.js';
import type { LinkedPath } from './linked-names.js';
import { PromiseCache } from '../shared/async/promise-cache.js';

/** The part of the store that finds symbolic links. */
export type LinkStore = Pick<GitStore, 'listTree' | 'readBlob'>;

/** The links of commits, enough for the runs that a worker serves at once. A commit has the same links in every store. */
const knownLinks = new PromiseCache<readonly LinkedPath[]>(16);

/** Bytes of a symbolic link's text: no system has longer paths. */
const LINK_BYTES = 4096;

/** The symbolic links of a commit that lead to paths of the repository. */
export function linksOf(store: LinkStore, commit: CommitSha): Promise<readonly LinkedPath[]> {
  return knownLinks.get(commit, () => readLinks(store, commit));
}

async function readLinks(store: LinkStore, commit: CommitSha): Promise<LinkedPath[]> {
  const found: LinkedPath[] = [];
  for (const { path: link, mode, sha, size } of await store.listTree(commit)) {
    if (mode !== '120000' || (size ?? 0) > LINK_BYTES) continue;
    const path = linkedPath(link, (await store.readBlob(sha))?.toString() ?? '');
    if (path !== null) found.push({ link, path });
  }
  return found;
}
