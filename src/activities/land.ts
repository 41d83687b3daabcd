import { readLandings, recordLanding, type LandingRecord, type Requeued } from '../db/landings.js';
import { readRun, type RunRecord } from '../db/task-record.js';
import { recordKnownVerify } from '../db/verdicts.js';
import type { CommitSha, WorkerId } from '../contract/ids.js';
import {
  PAUSED,
  type LandInput,
  type LandResult,
  type Paused,
  type RequeuedTask,
} from '../contract/payloads.js';
import { withHeartbeats } from './support/heartbeat.js';
import { findMergeVerdict, verdictKey } from './support/judge-commit.js';
import { publishRunBranch } from './support/publish-branch.js';
import { buildMergeBatch } from './support/merge-batch.js';
import type { ActivityContext } from './support/activity-context.js';

/**
 * Lands finished tasks on the run branch: merges them, records the result in one statement, then publishes the branch
 * to the user's repository. Safe to repeat: a repetition finds the recorded result and publishes what is missing.
 */
export async function land(context: ActivityContext, input: LandInput): Promise<LandResult | Paused> {
  return withHeartbeats(async () => {
    // The worker id as of now: if this worker is declared dead meanwhile, its landing is not recorded.
    const worker = context.worker.id;
    // The run last: another attempt may land in between, and the tip must not be older than what has landed.
    const records = await readLandings(context.db, input.runId, input.candidates);
    const run = await readRun(context.db, input.runId);
    if (run.status === 'paused') {
      // An attempt that was killed may have recorded its landing without publishing it.
      if (records.some(({ landing }) => landing === 'landed')) await publishRunBranch(context, run);
      return PAUSED;
    }
    const fresh = records.filter((record) => record.landing === null);
    requireReady(fresh);
    const done = await buildMergeBatch(context.store, run, fresh, {
      verdictOn: (merge, command) => findMergeVerdict(context, run, merge, command),
      findRedactor: () => context.redactors.ofRun(run),
    });
    if (done.landed.length + done.requeued.length > 0) {
      const tips = { from: run.tip, to: done.tip };
      if (!(await recordLanding(context.db, worker, run.id, tips, done.landed, done.requeued))) {
        throw new Error(`The branch of run ${run.id} or a task moved on while tasks were landing. Retrying.`);
      }
    }
    const isPublished = await publishRunBranch(context, run);
    const landedBefore = records.filter(({ landing }) => landing === 'landed');
    const result = {
      tip: done.tip,
      landed: [...landedBefore, ...done.landed.map(({ record }) => record)].map(({ taskId }) => taskId),
      requeued: [...records.flatMap(requeuedBefore), ...done.requeued.map(requeuedTask)],
      untested: done.untested,
      asked: !isPublished,
    };
    const isComplete = input.completesRun === true && result.landed.length === input.candidates.length;
    return {
      ...result,
      verified: isComplete && isPublished && (await recordIfVerified(context, worker, run, done.tip)),
    };
  });
}

/**
 * Records that the finished branch passes `verify`, if that is known without running it. This saves an activity at the
 * end of a run.
 * @returns whether the branch needs no check; false where a person was asked about the run, whose answer the check reads
 */
async function recordIfVerified(
  context: ActivityContext,
  worker: WorkerId,
  run: RunRecord,
  tip: CommitSha,
): Promise<boolean> {
  const command = run.plan.verify;
  if (command === null) return true;
  const tree = await context.store.treeOf(tip);
  return recordKnownVerify(context.db, worker, tip, verdictKey(context, run, tree, command));
}

function requeuedTask({ record, start, draft }: Requeued): RequeuedTask {
  return { taskId: record.taskId, start, draft };
}

/** The requeue that is recorded of an attempt; empty when there is none. */
function requeuedBefore({ taskId, landing, nextStart, nextDraft }: LandingRecord): RequeuedTask[] {
  if (landing === null || landing === 'landed' || nextStart === null || nextDraft === null) return [];
  return [{ taskId, start: nextStart, draft: nextDraft }];
}

/** The record decides what may land, and not the lead's history. @throws Error when an attempt is not ready */
function requireReady(attempts: readonly LandingRecord[]): void {
  const unready = attempts.find(({ passed, accepted }) => !passed && !accepted);
  if (unready === undefined) return;
  throw new Error(
    `Attempt ${unready.attempt} of ${unready.taskId} cannot land: its tests did not pass, and nobody accepted it.`,
  );
}
