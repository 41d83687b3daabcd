/** What killed processes left on the disk. */
import type { HomePaths } from '../config.js';
import { leftOvers, sweepTrees } from '../sandbox/place.js';
import { sweepLayers } from '../sandbox/setup-layer.js';
import type { Difference } from './difference.js';

export async function compareFolders({ trees, setupLayers }: HomePaths): Promise<Difference[]> {
  const [places, layers] = await Promise.all([leftOvers(trees), leftOvers(setupLayers)]);
  return [
    ...leftIn(trees, places.length, 'trees of tests', async () => {
      await sweepTrees(trees);
    }),
    ...leftIn(setupLayers, layers.length, 'unfinished set-ups', () => sweepLayers(setupLayers)),
  ];
}

function leftIn(folder: string, count: number, what: string, sweep: () => Promise<void>): Difference[] {
  if (count === 0) return [];
  const said = `${count} ${what} that killed processes left are in ${folder}.`;
  const apply = async () => {
    await sweep();
    return 'They were removed.';
  };
  return [{ run: null, kind: 'mendable', said, apply }];
}
