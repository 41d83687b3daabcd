import { readLandings, recordLanding } from '../db/landings.js';
import { readRun } from '../db/task-record.js';
import type { LandInput, LandResult } from '../contract/payloads.js';
import { withHeartbeats } from './heartbeat.js';
import { verdictOnMerge } from './judge-commit.js';
import { publish } from './publish-branch.js';
import { stack } from './merge-batch.js';
import { demandUnpaused } from './fence.js';
import type { Workplace } from './activity-context.js';

/**
 * Takes what is ready to the run branch: merged, recorded in one statement, then published to the user's
 * repository. Done twice, it finds what was recorded and makes up for what was not published.
 */
export async function land(place: Workplace, input: LandInput): Promise<LandResult> {
  return withHeartbeats(async () => {
    // Whoever that is later: what was begun by a worker that is dead by then is not recorded.
    const worker = place.worker.id;
    const [run, records] = await Promise.all([
      readRun(place.db, input.runId),
      readLandings(place.db, input.runId, input.candidates),
    ]);
    demandUnpaused(run);
    const fresh = records.filter((record) => record.landing === null);
    const done = await stack(place.store, run, fresh, (merge, command) =>
      verdictOnMerge(place, run, merge, command),
    );
    if (done.landed.length + done.back.length > 0) {
      const tips = { from: run.tip, to: done.tip };
      if (!(await recordLanding(place.db, worker, run.id, tips, done.landed, done.back))) {
        throw new Error(`The branch of run ${run.id} moved while tasks were being landed; trying again.`);
      }
    }
    const isPublished = await publish(place, run);
    const ids = (list: readonly { readonly record: { readonly taskId: LandResult['landed'][number] } }[]) =>
      list.map(({ record }) => record.taskId);
    const before = (landed: boolean) =>
      records
        .filter((record) => record.landing !== null && (record.landing === 'landed') === landed)
        .map((record) => record.taskId);
    return {
      tip: done.tip,
      landed: [...before(true), ...ids(done.landed)],
      back: [...before(false), ...ids(done.back)],
      untested: done.untested,
      asked: !isPublished,
    };
  });
}
