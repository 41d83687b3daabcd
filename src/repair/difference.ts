import type { Client } from '@temporalio/client';
import type { HomePaths } from '../config.js';
import type { Database } from '../db/database.js';
import type { GitStore } from '../git/store.js';
import type { RunId } from '../ids.js';

/** Where the record, Temporal, the git store and the disk are, for whoever compares them. */
export interface RepairPlace {
  readonly db: Database;
  readonly store: GitStore;
  readonly temporal: Client;
  readonly paths: HomePaths;
  /**
   * Whether database and Temporal server are this home's own. Of others' a workflow without a record may be
   * somebody else's, or the database the wrong one: nothing is ended there.
   */
  readonly embedded: boolean;
  /** Starts a run's lead, unless it is open. */
  startLead(run: RunId): Promise<void>;
}

/** Something that is not as the rest says it should be. */
export type Difference = {
  /** The run that it is of; null when it is of none. */
  readonly run: RunId | null;
  /** What is wrong, as a sentence. */
  readonly said: string;
} & (
  | {
      readonly kind: 'mendable';
      /** What `apply` has done when it returns, as a sentence. */
      readonly done: string;
      readonly apply: () => Promise<void>;
    }
  /** It can't be made again from anything: what a person can do. */
  | { readonly kind: 'lost'; readonly advice: string }
);

/** A difference, and whether it was mended. */
export interface Repaired {
  readonly difference: Difference;
  readonly mended: boolean;
}
