/** Errors that make Temporal retry the turn's activity later. */
import { ApplicationFailure } from '@temporalio/activity';

/** A failure that Temporal retries. `retryAfterMs` is when the provider wants the retry; null: Temporal decides. */
export function retryLater(message: string, retryAfterMs: number | null): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: 'ModelBusy',
    ...(retryAfterMs === null ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

/** This process slept through its lease, so that another worker may have taken its work over. Temporal retries it. */
export function workerAsleep(): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'This worker did not respond for too long: another attempt goes on',
    type: 'WorkerAsleep',
  });
}

/** Temporal cancels the activity within this time after the record says so. An earlier retry would fail in the same way. */
const RUN_CANCELLED_MS = 2_000;

/**
 * The run is cancelled in the record, and Temporal cancels this activity in a moment. If it does not (somebody changed
 * the record by hand), the Temporal UI shows this message.
 */
export function runCancelled(): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'The run is cancelled: no model call is made for it',
    type: 'RunCancelled',
    nextRetryDelay: RUN_CANCELLED_MS,
  });
}
