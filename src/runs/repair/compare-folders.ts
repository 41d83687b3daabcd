/** What killed processes left on the disk. */
import type { HomePaths } from '../../shared/config.js';
import { findLeftBorrowed, removeLeftBorrowed } from '../../git/user/borrowed-folder.js';
import { findLeftovers, removeLeftoverTrees } from '../../sandbox/scratch-folder.js';
import { removeLeftoverLayers } from '../../sandbox/setup-cache/setup-layer.js';
import type { Difference } from './difference.js';

/** Those in the folder for temporary files, which all homes share, go with the next run or worker. */
export async function compareFolders({ trees, setupLayers, store }: HomePaths): Promise<Difference[]> {
  const [places, layers, borrowed] = await Promise.all([
    findLeftovers(trees),
    findLeftovers(setupLayers),
    findLeftBorrowed(store),
  ]);
  return [
    ...leftIn(trees, places.length, 'trees of tests', async () => {
      await removeLeftoverTrees(trees);
    }),
    ...leftIn(setupLayers, layers.length, 'unfinished set-ups', () => removeLeftoverLayers(setupLayers)),
    ...leftIn(store, borrowed.length, 'views of repositories', () => removeLeftBorrowed(store)),
  ];
}

function leftIn(folder: string, count: number, what: string, sweep: () => Promise<void>): Difference[] {
  if (count === 0) return [];
  const description = `${count} ${what} that killed processes left are in ${folder}.`;
  const apply = async () => {
    await sweep();
    return 'They were removed.';
  };
  return [{ run: null, kind: 'repairable', description, apply }];
}
