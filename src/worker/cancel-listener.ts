import type { CancelNotices } from '../activities/support/cancel-notices.js';
import { filterCancelled, CANCELS_CHANNEL } from '../db/cancellations.js';
import type { Database } from '../db/database.js';
import { listen } from '../db/listen-notify.js';
import { runId } from '../contract/ids.js';

/**
 * Listens for cancelled runs in the database and stops their activities in this process. Notifications that were missed
 * while the database was unreachable are looked up after the reconnect. Temporal's heartbeats report cancellations too.
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
      // A failure means that the database is unreachable again: the next reconnect repeats this.
      wakeAll: () => void catchUp().catch(() => undefined),
    },
    warn,
  );
}
