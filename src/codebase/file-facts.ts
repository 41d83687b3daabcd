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
 * Two lists of equal length instead of a list of pairs: in an index of 20,000 files that takes a third of the memory.
 * Equal names are one string.
 */
export interface CodeReferences {
  /** Names of what is called, instantiated, extended or named as a type, in the order of their lines. */
  readonly names: readonly string[];
  /** The line of each, from 1. */
  readonly lines: readonly number[];
}

/** As CodeReferences, two lists of equal length. */
export interface WordCounts {
  /** Lower-case parts of identifiers, split at changes of case, digits and `_`. Each once, the most frequent first. */
  readonly words: readonly string[];
  readonly counts: readonly number[];
}

export interface FileFacts {
  /** Null when there is no grammar for the file, or it could not be parsed: it then counts by its words only. */
  readonly language: string | null;
  /** In the order of their lines. */
  readonly symbols: readonly CodeSymbol[];
  readonly references: CodeReferences;
  readonly words: WordCounts;
}
