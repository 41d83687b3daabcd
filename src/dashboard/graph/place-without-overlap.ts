/**
 * Places items in the given order, as near as possible (least squares) to their wanted positions, without overlap.
 * Positions are the middles of the items. Uses the pool-adjacent-violators algorithm. Pure.
 */
export function placeWithoutOverlap(
  wanted: readonly number[],
  heights: readonly number[],
): readonly number[] {
  const offsets: number[] = [];
  for (const [index, height] of heights.entries()) {
    const before = heights[index - 1];
    offsets.push(before === undefined ? 0 : (offsets[index - 1] ?? 0) + (before + height) / 2);
  }
  // Once the required distances are subtracted, positions only have to be in ascending order.
  const pools: { sum: number; count: number }[] = [];
  for (const [index, want] of wanted.entries()) {
    let pool = { sum: want - (offsets[index] ?? 0), count: 1 };
    for (let last = pools.at(-1); last !== undefined && meanOf(last) > meanOf(pool); last = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  }
  const values = pools.flatMap((pool) => Array<number>(pool.count).fill(meanOf(pool)));
  return values.map((value, index) => value + (offsets[index] ?? 0));
}

const meanOf = ({ sum, count }: { readonly sum: number; readonly count: number }): number => sum / count;
