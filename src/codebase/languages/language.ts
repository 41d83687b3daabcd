import type { SymbolKind } from '../file-facts.js';

/** A language that the index parses. */
export interface Language {
  /** As FileFacts and the grammar's file name it. */
  readonly name: string;
  /** Endings of file names, without the dot, in lower case. */
  readonly endings: readonly string[];
  /**
   * A tree-sitter query. Each pattern captures a definition as `@<kind>` and its name as `@name`. When several patterns
   * match one name, the first in the query counts. A definition that is a declarator extends to the declaration around it.
   */
  readonly symbols: string;
}

/**
 * Joins patterns of one kind. In each, `@name` is in the text. `@it` marks the definition where that is not the outermost
 * node.
 */
export function patterns(kind: SymbolKind, ...texts: readonly string[]): string {
  return texts
    .map((text) => (text.includes('@it') ? text.replace('@it', `@${kind}`) : `${text} @${kind}`))
    .join('\n');
}
