import { ApplicationFailure, Context } from '@temporalio/activity';
import { beginRunStep, beginStep, type RunStep, type Step, type TaskKey } from '../db/fencing.js';
import type { RunRecord } from '../db/task-record.js';
import type { RunId } from '../contract/ids.js';
import type { Workplace } from './activity-context.js';

/**
 * The step that the activity under way is, as of now: its worker is the one that begins it, whoever that
 * process is later. By the time that the attempt was scheduled, not the activity: should the server's clock
 * ever be set back, the next attempt or the one after it is newer again.
 */
export function stepOf(place: Workplace, { runId, taskId }: TaskKey): Step {
  const { currentAttemptScheduledTimestampMs, attempt } = Context.current().info;
  return {
    runId,
    taskId,
    at: Math.trunc(currentAttemptScheduledTimestampMs),
    attempt,
    worker: place.worker.id,
  };
}

/** Begins the step of a whole run that the activity under way is. @throws StaleStep when a later one has begun */
export async function begunForRun(place: Workplace, runId: RunId): Promise<RunStep> {
  const { currentAttemptScheduledTimestampMs, attempt } = Context.current().info;
  const at = Math.trunc(currentAttemptScheduledTimestampMs);
  const step = { runId, at, attempt, worker: place.worker.id };
  await beginRunStep(place.db, step);
  return step;
}

/** Begins the step that the activity under way is. @throws StaleStep when a later one has begun */
export async function begun(place: Workplace, key: TaskKey): Promise<Step> {
  const step = stepOf(place, key);
  await beginStep(place.db, step);
  return step;
}

/** A run that goes on does so within this time: soon enough for a person, and a question a second or two costs nothing. */
const PAUSED_MS = 2_000;

/**
 * A paused run starts nothing: what was scheduled before the pause, or is tried again in it, waits for the run to go on.
 * @throws ApplicationFailure, for Temporal to try again
 */
export function demandUnpaused({ status }: Pick<RunRecord, 'status'>): void {
  if (status !== 'paused') return;
  throw ApplicationFailure.create({
    message: 'The run is paused: this begins when it goes on',
    type: 'RunPaused',
    nextRetryDelay: PAUSED_MS,
  });
}
