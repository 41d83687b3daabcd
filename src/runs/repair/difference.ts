import type { Client } from '@temporalio/client';
import type { HomePaths } from '../../shared/config.js';
import type { Database } from '../../db/database.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';

/** Access to the record, Temporal, the git store and the disk, for the comparisons. */
export interface RepairContext {
  readonly db: Database;
  readonly store: GitStore;
  readonly temporal: Client;
  readonly paths: HomePaths;
  /**
   * Whether the database and the Temporal server belong to this home. On external servers, a workflow without a
   * record may belong to somebody else, or DATABASE_URL may be wrong, so such workflows are not terminated.
   */
  readonly embedded: boolean;
  /** Starts a run's lead unless it is open. With `refresh`, an open lead reads the record again. */
  startLead(run: RunId, refresh: boolean): Promise<void>;
}

/** A difference between the record and Temporal, the git store, a repository or the disk. */
export type Difference = {
  /** The run that it concerns; null for none. */
  readonly run: RunId | null;
  /** What is wrong, as a sentence. A repeated comparison gives the same sentence. */
  readonly description: string;
} & (
  | {
      readonly kind: 'repairable';
      /**
       * Repairs it.
       * @returns what was done, as a sentence
       * @throws NotRepaired when it cannot be repaired after all
       */
      readonly apply: () => Promise<string>;
    }
  /** It cannot be repaired automatically. `advice` tells what a person can do. */
  | { readonly kind: 'lost'; readonly advice: string }
);

/** A repair failed or is incomplete. A person has to do the rest. */
export class NotRepaired extends Error {
  override readonly name = 'NotRepaired';
  constructor(
    /** What a person can do, as sentences. */
    readonly advice: string,
  ) {
    super(advice);
  }
}

/** A difference and what was done about it; null when nothing was done. */
export interface Repaired {
  readonly difference: Difference;
  readonly done: string | null;
}
