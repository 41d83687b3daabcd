import { RecentObjects } from './recent-objects.js';
import type { CommitHeader } from './tree-object.js';

/** Characters of all headers in a cache: thousands of commits, of which each landing reads some hundred again. */
const MAX_CHARS = 4_000_000;
/** Approximate characters of a header besides its subject: names, date and map entry. */
const ENTRY_CHARS = 500;

/** The headers of commits that were used last. */
export class CommitCache extends RecentObjects<CommitHeader> {
  constructor() {
    super(MAX_CHARS, ({ subject }) => subject.length + ENTRY_CHARS);
  }
}
