import type { CancelNotices } from './cancel-notices.js';
import type { Deltas } from '../agent/answer-stream.js';
import type { OwnCalls } from '../agent/own-calls.js';
import type { Environment, HomePaths } from '../shared/config.js';
import type { Database } from '../db/database.js';
import type { GitStore } from '../git/store/git-store.js';
import type { ModelEndpoint } from '../model/endpoint.js';
import type { WorkerId } from '../contract/ids.js';
import type { Maskers } from './redactors.js';
import type { Runner } from '../sandbox/runners/runner.js';

/** A worker's hold on its name. */
export interface WorkerLease {
  readonly id: WorkerId;
  /** Whether nobody can have taken over by now: what must not be done twice is begun only then. */
  holds(): boolean;
}

/** What the activities of one worker process share. */
export interface Workplace {
  readonly db: Database;
  readonly store: GitStore;
  readonly paths: HomePaths;
  readonly env: Environment;
  readonly runner: Runner;
  readonly maskers: Maskers;
  /** Tells what is under way when its run is cancelled. */
  readonly cancels: CancelNotices;
  /** In whose name this process works. It becomes another one when it was taken for dead. */
  readonly worker: WorkerLease;
  /** The model calls of this process. */
  readonly calls: OwnCalls;
  /** Where answers are told as they come, for whoever watches. */
  readonly deltas: Deltas;
  /** Where calls of this model go. */
  endpointFor(model: string): Promise<ModelEndpoint>;
}
