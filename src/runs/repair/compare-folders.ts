/** Compares the disk with the record: finds folders that killed processes left. */
import type { HomePaths } from '../../shared/config.js';
import { findStaleBorrowedFolders, removeStaleBorrowedFolders } from '../../git/user/borrowed-folder.js';
import { findLeftovers, removeLeftoverTrees } from '../../sandbox/scratch-folder.js';
import { removeLeftoverLayers } from '../../sandbox/setup-cache/setup-layer.js';
import type { Difference } from './difference.js';

/**
 * Finds leftover folders of this home. Those in the system's temporary folder are removed by the next run or worker.
 */
export async function compareFolders({ trees, setupLayers, store }: HomePaths): Promise<Difference[]> {
  const [testTrees, layers, borrowed] = await Promise.all([
    findLeftovers(trees),
    findLeftovers(setupLayers),
    findStaleBorrowedFolders(store),
  ]);
  return [
    ...leftovers(trees, testTrees.length, 'test trees', async () => {
      await removeLeftoverTrees(trees);
    }),
    ...leftovers(setupLayers, layers.length, 'unfinished set-ups', () => removeLeftoverLayers(setupLayers)),
    ...leftovers(store, borrowed.length, 'views of repositories', () => removeStaleBorrowedFolders(store)),
  ];
}

function leftovers(folder: string, count: number, what: string, remove: () => Promise<void>): Difference[] {
  if (count === 0) return [];
  const description = `The folder ${folder} contains ${count} ${what} left by killed processes.`;
  const apply = async () => {
    await remove();
    return 'They were removed.';
  };
  return [{ run: null, kind: 'repairable', description, apply }];
}
