import type { CancelNotices } from './cancel-notices.js';
import type { AgentContext } from '../../agent/agent-context.js';
import type { RunId } from '../../contract/ids.js';
import type { Environment, HomePaths } from '../../shared/config.js';
import type { KeptBorrowedFolders } from '../../git/user/kept-borrowed-folders.js';
import type { Runner } from '../../sandbox/runners/runner.js';

export type { WorkerLease } from '../../agent/agent-context.js';

/** Shared by the activities of one worker process. */
export interface ActivityContext extends AgentContext {
  readonly paths: HomePaths;
  readonly env: Environment;
  readonly runner: Runner;
  /** Borrowed folders of the users' repositories, for publishing. */
  readonly borrowed: KeptBorrowedFolders;
  /** Stops activities of this process when their run is cancelled. */
  readonly cancels: CancelNotices;
  /** The runs about which this process, or one before it, has asked because the git store was gone. */
  readonly runsWithoutStore: Set<RunId>;
}
