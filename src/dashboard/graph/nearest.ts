/**
 * Positions in the order given, as near as can be (in squares) to where each wants to be, without overlap: two
 * neighbours are apart by half of each one's height. By pooling adjacent violators. Pure.
 */
export function nearest(wanted: readonly number[], heights: readonly number[]): readonly number[] {
  const offsets: number[] = [];
  for (const [index, height] of heights.entries()) {
    const before = heights[index - 1];
    offsets.push(before === undefined ? 0 : (offsets[index - 1] ?? 0) + (before + height) / 2);
  }
  // Without the distances that they must keep, positions have only to be in order.
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
