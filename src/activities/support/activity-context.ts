import type { CancelNotices } from './cancel-notices.js';
import type { AgentContext } from '../../agent/agent-context.js';
import type { RunId } from '../../contract/ids.js';
import type { Environment, HomePaths } from '../../shared/config.js';
import type { CommandPlaces } from '../../sandbox/limits/command-places.js';
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
  /** Where commands on commits run. */
  readonly places: Pick<CommandPlaces, 'use' | 'useInTime'>;
  /** Waits while the steps of tasks are held back for a lead. */
  readonly untilTasksGoOn: () => Promise<void>;
  /** Stops activities of this process when their run is cancelled. */
  readonly cancels: CancelNotices;
  /** The runs about which this process, or one before it, has asked because the git store was gone. */
  readonly runsWithoutStore: Set<RunId>;
}
