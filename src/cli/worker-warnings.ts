import type { RunListEntry } from '../contract/run-view.js';
import type { Database } from '../db/database.js';
import { listServingWorkers } from '../db/workers.js';

/**
 * What a person must know about the workers of runs that are shown as running: that there is none, or that one runs
 * commands without a sandbox.
 */
export async function workerWarnings(
  db: Database,
  runs: readonly Pick<RunListEntry, 'runId' | 'status'>[],
): Promise<string[]> {
  const running = runs.filter(({ status }) => status === 'running');
  if (running.length === 0) return [];
  const workers = await listServingWorkers(db.pool);
  if (workers.length === 0) {
    return running.map(
      ({ runId }) =>
        `no worker is running for the run ${runId}. Continue it with:  leadwright watch ${runId}`,
    );
  }
  return workers.flatMap(({ pid, host, queues, sandboxWarning }) =>
    sandboxWarning === null || !queues.includes('sandbox')
      ? []
      : [`${sandboxWarning} (worker ${pid} on ${host})`],
  );
}
