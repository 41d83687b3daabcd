/** What may be wrong although a run is shown as running. */
import { QUEUES, type Queue } from '../../contract/payloads.js';
import type { RunListEntry } from '../../contract/run-view.js';
import { listServingWorkers, servesQueue, type ServingWorker } from '../../db/workers.js';
import { fullDiskWarning } from '../session/full-disk.js';
import { lostStoreWarning } from '../session/lost-store.js';
import type { Reader } from '../session/session.js';

/**
 * Warns that no worker continues the running ones of these runs, that a worker runs commands without a sandbox, that the
 * disk of the home is full, or that the git store is gone.
 */
export async function runningWarnings(
  { db, paths }: Reader,
  runs: readonly Pick<RunListEntry, 'runId' | 'status'>[],
): Promise<string[]> {
  const running = runs.filter(({ status }) => status === 'running');
  if (running.length === 0) return [];
  const [workers, ...troubles] = await Promise.all([
    listServingWorkers(db.pool),
    fullDiskWarning(paths.home),
    lostStoreWarning(paths),
  ]);
  return [
    ...troubles.filter((text) => text !== null),
    ...(workers.length > 0
      ? []
      : running.map(
          ({ runId }) =>
            `no worker is running for the run ${runId}. Continue it with:  leadwright watch ${runId}`,
        )),
    ...unserved(workers).map((queue) => {
      const { said, fix } = explainUnserved(queue);
      return `${said}. ${fix}`;
    }),
    ...workers.flatMap(({ pid, host, queues, sandboxWarning }) =>
      sandboxWarning === null || !queues.includes('sandbox')
        ? []
        : [`${sandboxWarning} (worker ${pid} on ${host})`],
    ),
  ];
}

/** The queues that no worker of a fleet serves. Whether one has a model is said by the question of the run that needs it. */
export function unserved(workers: readonly Pick<ServingWorker, 'queues'>[]): Queue[] {
  if (workers.length === 0) return [];
  return QUEUES.filter((queue) => !workers.some((worker) => servesQueue(worker, queue)));
}

/** Says that no worker serves a queue, and what to do. */
export function explainUnserved(queue: Queue): { readonly said: string; readonly fix: string } {
  return {
    said: `no worker takes work from the queue ${queue}, so runs stand still`,
    fix: `Start one with:  leadwright worker --queues ${queue}`,
  };
}
