/** Lists of scores, one for each file. Pure. */

/** The places of the highest scores above 0, the highest first. */
export function bestOf(scores: Float64Array, count: number): number[] {
  return Array.from(scores.keys())
    .filter((index) => (scores[index] ?? 0) > 0)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
    .slice(0, count);
}

/** Scales scores so that the highest is 1. */
export function normalized(scores: Float64Array): Float64Array {
  const highest = scores.reduce((max, score) => Math.max(max, score), 0);
  return highest > 0 ? scores.map((score) => score / highest) : scores;
}

/** A file that links to others start from. */
export interface Seed {
  readonly index: number;
  /** How much it counts; all seeds together have 1. */
  readonly share: number;
}

/** The highest scores as seeds: twice the score counts four times as much. */
export function seedsOf(scores: Float64Array, count: number): Seed[] {
  const best = bestOf(scores, count);
  const weight = (index: number) => (scores[index] ?? 0) ** 2;
  const sum = best.reduce((all, index) => all + weight(index), 0);
  return best.map((index) => ({ index, share: weight(index) / sum }));
}
