import type { CancelNotices } from '../activities/cancel-notices.js';
import { filterCancelled, CANCELS_CHANNEL } from '../db/cancellations.js';
import type { Database } from '../db/database.js';
import { listen } from '../db/listen-notify.js';
import { runId } from '../contract/ids.js';

/**
 * Passes cancelled runs on to what is under way for them in this process. While the database is away nothing is
 * heard; what was missed is looked up when it is back, and Temporal's heartbeats say it too.
 */
export function listenForCancels(
  databaseUrl: string,
  db: Database,
  notices: CancelNotices,
  warn: (message: string) => void,
): { close(): Promise<void> } {
  const catchUp = async () => {
    const runs = notices.runs();
    if (runs.length === 0) return;
    for (const run of await filterCancelled(db, runs)) notices.cancel(run);
  };
  return listen(
    databaseUrl,
    CANCELS_CHANNEL,
    {
      wake: (run) => notices.cancel(runId(run)),
      // When that fails the database is away again: it is looked up when it is back.
      wakeAll: () => void catchUp().catch(() => undefined),
    },
    warn,
  );
}
