/** Which documents have a term, and how often: an inverted index that only grows. Documents and terms are numbers. */
import { rarity, saturated } from './bm25.js';
import type { QueryTerm } from './query-terms.js';

/** The documents of one commit among all that the index has. */
export interface Selection {
  /** The place of a document in the commit's list of files; -1 for one of other commits. */
  readonly placeOf: Int32Array;
  /** The document of each file. */
  readonly documents: Int32Array;
}

/** A document and a count are one number, which takes 8 bytes instead of 16: there are millions of them. */
const COUNT_BITS = 10;
const MAX_COUNT = 2 ** COUNT_BITS - 1;

/** Documents that fit beside a count into a small integer of V8. */
export const MAX_DOCUMENTS = 2 ** (30 - COUNT_BITS);

export class Postings {
  /** By term. Most terms have one document, for which a list would take ten times the memory. */
  readonly #entries: (number | number[] | undefined)[] = [];
  /** The length of each document in terms. */
  readonly #lengths: number[] = [];

  /** Adds a document. @param counts how often it has each term */
  add(document: number, counts: ReadonlyMap<number, number>): void {
    let length = 0;
    for (const [term, count] of counts) {
      length += count;
      const entry = document * (MAX_COUNT + 1) + Math.min(count, MAX_COUNT);
      const known = this.#entries[term];
      if (known === undefined) this.#entries[term] = entry;
      else if (typeof known === 'number') this.#entries[term] = [known, entry];
      else known.push(entry);
    }
    this.#lengths[document] = length;
  }

  /** Calls `visit` with the place and the count of each of the commit's files that have the term. */
  visit(term: number, { placeOf }: Selection, visit: (place: number, count: number) => void): void {
    const found = this.#entries[term] ?? [];
    for (const entry of typeof found === 'number' ? [found] : found) {
      const place = placeOf[entry >> COUNT_BITS] ?? -1;
      if (place >= 0) visit(place, entry & MAX_COUNT);
    }
  }

  /** The places of the commit's files that have the term. */
  places(term: number, selection: Selection): number[] {
    const places: number[] = [];
    this.visit(term, selection, (place) => places.push(place));
    return places;
  }

  /** BM25 scores of the commit's files. */
  score(terms: readonly QueryTerm[], selection: Selection, b: number): Float64Array {
    const { documents } = selection;
    const scores = new Float64Array(documents.length);
    const lengths = documents.map((document) => this.#lengths[document] ?? 0);
    const filled = lengths.reduce((sum, length) => sum + (length > 0 ? 1 : 0), 0);
    const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, filled);
    for (const { id, weight } of terms) {
      let matching = 0;
      this.visit(id, selection, () => matching++);
      const gain = weight * rarity(matching, filled);
      this.visit(id, selection, (place, count) => {
        const length = (lengths[place] ?? 0) / average;
        scores[place] = (scores[place] ?? 0) + gain * saturated(count, length, b);
      });
    }
    return scores;
  }
}
