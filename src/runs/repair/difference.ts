import type { Client } from '@temporalio/client';
import type { HomePaths } from '../../shared/config.js';
import type { Database } from '../../db/database.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';

/** Where the record, Temporal, the git store and the disk are, for whoever compares them. */
export interface RepairContext {
  readonly db: Database;
  readonly store: GitStore;
  readonly temporal: Client;
  readonly paths: HomePaths;
  /**
   * Whether database and Temporal server are this home's own. Of others' a workflow without a record may be
   * somebody else's, or the database the wrong one: nothing is ended there.
   */
  readonly embedded: boolean;
  /** Starts a run's lead, unless it is open; `refresh`: one that is open reads the record anew. */
  startLead(run: RunId, refresh: boolean): Promise<void>;
}

/** Something that is not as the rest says it should be. */
export type Difference = {
  /** The run that it is of; null when it is of none. */
  readonly run: RunId | null;
  /** What is wrong, as a sentence. Said again by a second look, it is the same. */
  readonly description: string;
} & (
  | {
      readonly kind: 'repairable';
      /**
       * Mends it: what was done, as a sentence.
       * @throws NotRepaired when it turns out that it can't be
       */
      readonly apply: () => Promise<string>;
    }
  /** It can't be made again from anything, or not by us: what a person can do. */
  | { readonly kind: 'lost'; readonly advice: string }
);

/** A fix that came to nothing, or to half of it: a person has to do the rest. */
export class NotRepaired extends Error {
  override readonly name = 'NotRepaired';
  constructor(
    /** What can be done, as sentences. */
    readonly advice: string,
  ) {
    super(advice);
  }
}

/** A difference, and what was done about it; null when nothing was. */
export interface Repaired {
  readonly difference: Difference;
  readonly done: string | null;
}
