/** What is done about a call that gave no answer: tried again, or told to a person. */
import { ApplicationFailure } from '@temporalio/activity';
import { SMALLER } from './interpret-answer.js';
import { askPerson } from '../db/blockers.js';
import { countBrokenCalls } from '../db/calls.js';
import { failTask } from '../db/task-status.js';
import { hasAnyTurn } from '../db/turns.js';
import type { ModelFailure } from '../model/failures.js';
import type { TurnResult } from '../contract/payloads.js';
import type { TurnWork } from './send.js';
import type { Workplace } from '../activities/activity-context.js';

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

/**
 * An answer that breaks off this often, over some five minutes, is cut by something on its way that will cut it
 * again, and each may be billed: a person is asked before more is spent.
 */
const BROKEN_OFF = 10;

/** A failure of the call's. @throws ApplicationFailure, for Temporal to try again */
export async function failed(place: Workplace, work: TurnWork, failure: ModelFailure): Promise<TurnResult> {
  const { step, prepared } = work;
  switch (failure.kind) {
    case 'connection':
      return broken(place, work, failure);
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

/** The network's bad days pass by themselves, but not all of them. */
async function broken(
  place: Workplace,
  work: TurnWork,
  failure: Extract<ModelFailure, { kind: 'connection' }>,
): Promise<TurnResult> {
  const { step, input } = work;
  const { unsent, lost } = await countBrokenCalls(place.db, step, input.turn);
  if (unsent + lost >= UNREACHABLE && !(await hasAnyTurn(place.db, input.runId))) {
    return failed(place, work, { ...failure, kind: 'access' });
  }
  if (failure.billed === 'no' || lost < BROKEN_OFF) throw tryLater(failure);
  await askPerson(place.db, step, {
    reason: 'model_broken',
    question: `${failure.message}. That was so ${lost} times, and each may have been billed. Look at what lies between this machine and the model (a proxy, a gateway), then answer this.`,
  });
  return { next: 'blocked' };
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
