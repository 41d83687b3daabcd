import { RecentObjects } from './recent-objects.js';
import type { ParsedTree } from './tree-object.js';

/**
 * Entries of all trees in a cache. A parsed entry takes about 400 bytes, and a merge of a folder with 1,000 files needs
 * this folder in three versions.
 */
const MAX_ENTRIES = 50_000;

/** The parsed trees that were used last. Parsing a tree of 1,000 entries takes a millisecond. */
export class TreeCache extends RecentObjects<ParsedTree> {
  constructor() {
    // An empty tree counts too.
    super(MAX_ENTRIES, ({ entries }) => entries.length + 1);
  }
}
