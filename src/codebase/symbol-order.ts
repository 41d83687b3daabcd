/** Which of a file's symbols a map shows first. Pure. */
import type { CodeSymbol, SymbolKind } from './file-facts.js';
import { cleanText } from './query-terms.js';
import { stemOf } from './terms.js';
import { splitName } from './words.js';

/** How much a kind says about what a file is for. */
const KIND_VALUE: Record<SymbolKind, number> = {
  class: 1,
  interface: 1,
  trait: 1,
  struct: 1,
  function: 0.9,
  type: 0.8,
  enum: 0.8,
  module: 0.6,
  method: 0.6,
  macro: 0.5,
  constructor: 0.4,
  constant: 0.4,
  variable: 0.3,
  property: 0.2,
};

/** A symbol that a task's words name comes before one that they do not, whatever its kind. */
const MATCH_VALUE = 1;

export class SymbolOrder {
  readonly #wanted: ReadonlySet<string>;

  /** @param text of the task */
  constructor(text: string) {
    this.#wanted = new Set(
      splitName(cleanText(text))
        .filter((word) => word.length > 2)
        .map(stemOf),
    );
  }

  /** The most relevant symbols first, otherwise in the order of their lines. */
  sort(symbols: readonly CodeSymbol[]): CodeSymbol[] {
    const valued = symbols.map((symbol, index) => ({ symbol, index, value: this.#valueOf(symbol) }));
    return valued.sort((a, b) => b.value - a.value || a.index - b.index).map(({ symbol }) => symbol);
  }

  #valueOf({ name, kind }: CodeSymbol): number {
    const stems = splitName(name).map(stemOf);
    const matching = stems.filter((stem) => this.#wanted.has(stem)).length;
    return KIND_VALUE[kind] + (matching === 0 ? 0 : MATCH_VALUE + matching / stems.length);
  }
}
