/** What is done about a call that gave no answer: tried again, or told to a person. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { SMALLER } from '../agents/answer.js';
import { askPerson } from '../db/blockers.js';
import { failTask } from '../db/task-status.js';
import { anyTurn } from '../db/turns.js';
import type { ModelFailure } from '../model/failures.js';
import type { TurnResult } from '../workflows/interface.js';
import type { TurnWork } from './send.js';
import type { Workplace } from './workplace.js';

/** The call is made once more; then the task has failed (contract, section 2). */
export async function timedOut(place: Workplace, { step, input }: TurnWork): Promise<TurnResult> {
  if (!input.timedOut) return { next: 'again' };
  const limit = `${Math.round(input.timeoutMs / 1000)} s`;
  await failTask(place.db, step, `Timeout: the model gave no whole answer within ${limit}, twice.`);
  return { next: 'failed' };
}

/**
 * A server that never answered and cannot be reached is a wrong address rather than a bad day: after so many
 * tries, some fifteen seconds, a person is told.
 */
const UNREACHABLE = 5;

/** A failure of the call's. @throws ApplicationFailure, for Temporal to try again */
export async function failed(place: Workplace, work: TurnWork, failure: ModelFailure): Promise<TurnResult> {
  const { step, input, prepared } = work;
  switch (failure.kind) {
    case 'connection':
      if (Context.current().info.attempt < UNREACHABLE || (await anyTurn(place.db, input.runId))) {
        throw tryLater(failure);
      }
      return failed(place, work, { ...failure, kind: 'access' });
    case 'busy':
      throw tryLater(failure);
    case 'access':
      await askPerson(place.db, step, {
        reason: 'model_access',
        question: `${failure.message}. Model: ${prepared.request.model}. Start Leadwright with a key and a model that work, then answer this.`,
        wholeRun: true,
      });
      return { next: 'held' };
    case 'context':
      await askPerson(place.db, step, { reason: 'context', question: `${failure.message}. ${SMALLER}` });
      return { next: 'blocked' };
    case 'request':
      await askPerson(place.db, step, { reason: 'model_request', question: failure.message });
      return { next: 'blocked' };
  }
}

/** Temporal tries again: when the provider says, or after its own pause. */
export function tryLater({
  message,
  retryAfterMs,
}: Pick<Extract<ModelFailure, { kind: 'busy' }>, 'message' | 'retryAfterMs'>): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: 'ModelBusy',
    ...(retryAfterMs === null ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

/**
 * The run is cancelled in the record, and Temporal will say so to this activity in a moment. Should it not (the
 * record was mended by hand), this is what its page shows.
 */
export function runCancelled(): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'The run is cancelled: no model call is made for it',
    type: 'RunCancelled',
    nextRetryDelay: RUN_CANCELLED_MS,
  });
}
const RUN_CANCELLED_MS = 2_000;
