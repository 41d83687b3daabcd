/** BM25: how well a text matches the terms of a query. Pure. */

/** How soon more occurrences of a term add nothing. The usual value. */
const K1 = 1.2;

/** How much a term that `matching` of `all` texts have says about each of them. */
export function rarity(matching: number, all: number): number {
  return Math.log(1 + (all - matching + 0.5) / (matching + 0.5));
}

/**
 * The value of a term's occurrences in a text.
 * @param length of the text, relative to the average
 * @param b how much a text's length lessens its matches, from 0 to 1
 */
export function saturated(count: number, length: number, b: number): number {
  return (count * (K1 + 1)) / (count + K1 * (1 - b + b * length));
}
