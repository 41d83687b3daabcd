/** What the index knows of a file. It follows from the file's bytes and name alone, so all commits and agents share it. */

/** A definition: a function, a type, a constant … */
export interface CodeSymbol {
  readonly name: string;
  readonly kind: SymbolKind;
  /** First and last line, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** The line that says what it is, without indentation, at most MAX_SIGNATURE characters. */
  readonly signature: string;
}

export const SYMBOL_KINDS = [
  'class',
  'constant',
  'constructor',
  'enum',
  'function',
  'interface',
  'macro',
  'method',
  'module',
  'property',
  'struct',
  'trait',
  'type',
  'variable',
] as const;
export type SymbolKind = (typeof SYMBOL_KINDS)[number];

/** Characters of a signature: what an editor shows of a line without scrolling. */
export const MAX_SIGNATURE = 160;

/**
 * Texts with how often each occurs, the most frequent first. Two lists of equal length instead of a list of pairs: in an
 * index of 20,000 files that takes a third of the memory. Equal texts are one string.
 */
export interface TextCounts {
  readonly texts: readonly string[];
  readonly counts: readonly number[];
}

export interface FileFacts {
  /** Null when there is no grammar for the file, or it could not be parsed: it then counts by its words only. */
  readonly language: string | null;
  /** In the order of their lines. */
  readonly symbols: readonly CodeSymbol[];
  /** Identifiers that the code uses without defining them there; none in comments, strings and files without a grammar. */
  readonly references: TextCounts;
  /** Lower-case parts of identifiers and words, split at changes of case, digits and `_`, comments included. */
  readonly words: TextCounts;
}

const NO_TEXTS: TextCounts = { texts: [], counts: [] };

/** What is known of a file that is no text, too large or a link. */
export const NO_FACTS: FileFacts = { language: null, symbols: [], references: NO_TEXTS, words: NO_TEXTS };
