/** A repository's past as numbers: what changes often, what changes together, and for which words. Pure. */
import type { PastCommit } from '../git/user/change-log.js';
import { rarity, saturated } from './bm25.js';
import { cleanText, type QueryTerm } from './query-terms.js';
import { bestOf, normalized, type Seed } from './scores.js';
import { addCount, termCounts, type TermCounts } from './term-counts.js';
import { compoundsOf, type Vocabulary } from './terms.js';
import { splitName } from './words.js';

interface PastChange {
  readonly terms: TermCounts;
  readonly paths: readonly string[];
  /** 1 for the newest change, half for one that is HALF_LIFE commits older. */
  readonly freshness: number;
  /** As `freshness`, for what is being worked on at the time. */
  readonly recency: number;
}

/** Commits. */
const HALF_LIFE = 400;
const SHORT_HALF_LIFE = 25;

/** The commits whose messages are most like the task: more are alike by chance. */
const NEIGHBOURS = 30;

/** How much the length of a message lessens its matches. */
const LENGTH_MATTERS = 0.5;

/** Commits that a share is measured against at least: a short history says little about which words are usual. */
const FEW = 20;

/** How much a word is worth less when all messages have it. */
const USUAL = 12;

export class CompiledHistory {
  readonly #changes: readonly PastChange[];
  /** Places in `#changes`. */
  readonly #byTerm = new Map<number, { readonly change: number; readonly count: number }[]>();
  readonly #byPath = new Map<string, number[]>();
  readonly #averageLength: number;

  constructor(history: readonly PastCommit[], vocabulary: Vocabulary) {
    this.#changes = history.map(({ message, paths }, age) => ({
      terms: messageTerms(message, vocabulary),
      paths,
      freshness: 2 ** (-age / HALF_LIFE),
      recency: 2 ** (-age / SHORT_HALF_LIFE),
    }));
    let length = 0;
    for (const [change, { terms, paths }] of this.#changes.entries()) {
      length += terms.total;
      for (const [at, id] of terms.ids.entries())
        push(this.#byTerm, id, { change, count: terms.counts[at] ?? 0 });
      for (const path of paths) push(this.#byPath, path, change);
    }
    this.#averageLength = length / Math.max(1, this.#changes.length);
  }

  /** How much a word of a task says, up to 1: less when many messages have it, as "fix", "support" or "update". */
  weightOf(id: number): number {
    const share = (this.#byTerm.get(id)?.length ?? 0) / (this.#changes.length + FEW);
    return 1 / (1 + USUAL * share);
  }

  /** Scores of the files, from 0 to 1, by their changes and by what their commits said. */
  scores(terms: readonly QueryTerm[], indexOf: ReadonlyMap<string, number>) {
    return {
      messages: normalized(this.#messages(terms, indexOf)),
      similar: normalized(this.#similar(terms, indexOf)),
      recent: normalized(this.#changed(indexOf, ({ recency }) => recency)),
      often: normalized(this.#changed(indexOf, ({ freshness }) => freshness)),
    };
  }

  /** Scores of the files by how often they changed with the seeds. */
  together(
    seeds: readonly Seed[],
    paths: readonly string[],
    indexOf: ReadonlyMap<string, number>,
  ): Float64Array {
    const scores = new Float64Array(indexOf.size);
    for (const { index, share } of seeds) {
      const path = paths[index] ?? '';
      const gains = new Map<string, number>();
      let all = 0;
      for (const place of this.#byPath.get(path) ?? []) {
        const change = this.#changes[place];
        if (change === undefined) continue;
        const gain = change.freshness / Math.log2(1 + change.paths.length);
        all += gain;
        for (const other of change.paths)
          if (other !== path) gains.set(other, (gains.get(other) ?? 0) + gain);
      }
      for (const [other, gain] of gains) add(scores, indexOf.get(other), (share * gain) / (all + SINGLE));
    }
    return scores;
  }

  #messages(terms: readonly QueryTerm[], indexOf: ReadonlyMap<string, number>): Float64Array {
    const scores = new Float64Array(indexOf.size);
    for (const { id, weight } of terms) {
      const found = this.#byTerm.get(id) ?? [];
      const amounts = new Map<number, number>();
      for (const { change: place } of found) {
        const change = this.#changes[place];
        for (const path of change?.paths ?? []) {
          const index = indexOf.get(path);
          if (change !== undefined && index !== undefined)
            addCount(amounts, index, amountOf(change, change.freshness));
        }
      }
      const gain = weight * rarity(found.length, this.#changes.length);
      for (const [index, amount] of amounts) add(scores, index, (gain * amount) / (amount + 0.5));
    }
    return scores;
  }

  #similar(terms: readonly QueryTerm[], indexOf: ReadonlyMap<string, number>): Float64Array {
    const similarity = new Float64Array(this.#changes.length);
    for (const { id, weight } of terms) {
      const found = this.#byTerm.get(id) ?? [];
      const gain = weight * rarity(found.length, this.#changes.length);
      for (const { change, count } of found) {
        const length = (this.#changes[change]?.terms.total ?? 0) / this.#averageLength;
        add(similarity, change, gain * saturated(count, length, LENGTH_MATTERS));
      }
    }
    const scores = new Float64Array(indexOf.size);
    const nearest = bestOf(similarity, NEIGHBOURS);
    const highest = similarity[nearest[0] ?? 0] ?? 0;
    for (const place of nearest) {
      const change = this.#changes[place];
      if (change === undefined) continue;
      const alike = ((similarity[place] ?? 0) / highest) ** 2;
      for (const path of change.paths)
        add(scores, indexOf.get(path), amountOf(change, alike * change.freshness));
    }
    return scores;
  }

  #changed(indexOf: ReadonlyMap<string, number>, weightOf: (change: PastChange) => number): Float64Array {
    const scores = new Float64Array(indexOf.size);
    for (const change of this.#changes) {
      const amount = amountOf(change, weightOf(change));
      for (const path of change.paths) add(scores, indexOf.get(path), amount);
    }
    return scores.map((amount) => Math.log1p(3 * amount));
  }
}

/** A change whose file changed with another once does not yet tie them. */
const SINGLE = 0.7;

/** A change of many files says less about each. */
function amountOf({ paths }: PastChange, weight: number): number {
  return weight / Math.sqrt(paths.length);
}

function messageTerms(message: string, vocabulary: Vocabulary): TermCounts {
  const counts = new Map<number, number>();
  const text = cleanText(message);
  for (const word of splitName(text)) addCount(counts, vocabulary.stemIdOf(word), 1);
  for (const compound of compoundsOf(text)) addCount(counts, vocabulary.idOf(compound), 1);
  return termCounts(counts);
}

function add(scores: Float64Array, index: number | undefined, gain: number): void {
  if (index !== undefined) scores[index] = (scores[index] ?? 0) + gain;
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
