/** Terms of a text with their counts, as numbers. Pure. */

/** Two lists of equal length, since pairs would take a multiple of the memory. */
export interface TermCounts {
  readonly ids: Int32Array;
  readonly counts: Float32Array;
  /** The sum of the counts: the length of the text in terms. */
  readonly total: number;
}

/** @param counts of each term's number */
export function termCounts(counts: ReadonlyMap<number, number>): TermCounts {
  const values = Float32Array.from(counts.values());
  return {
    ids: Int32Array.from(counts.keys()),
    counts: values,
    total: values.reduce((sum, times) => sum + times, 0),
  };
}

/** Adds to the count of a term. */
export function addCount(counts: Map<number, number>, id: number, by: number): void {
  counts.set(id, (counts.get(id) ?? 0) + by);
}
