/** What follows a call without an answer: a retry, a question to a person, or the end of the task. */
import type { ApplicationFailure } from '@temporalio/activity';
import type { AgentContext, Turn } from '../agent-context.js';
import { noteWait } from '../call/model-wait.js';
import {
  answerTooLong,
  noAccess,
  noOwnModel,
  requestRefused,
  tooLongAtOnce,
  tooLongForModel,
} from './questions.js';
import { LONGEST_REFUSALS } from '../request/summary.js';
import { retryLater } from '../call/turn-errors.js';
import { askPerson } from '../../db/blockers.js';
import { countBrokenCalls } from '../../db/calls.js';
import { failTask } from '../../db/task-status.js';
import { hasAnyTurn, REFUSED_REQUEST } from '../../db/turns.js';
import { waitReasonOf, type ModelFailure } from '../../model/failures.js';
import { limitsOf } from '../../model/known-models.js';
import { modelRetryMs } from '../../shared/model-retries.js';
import type { TurnResult } from '../../contract/payloads.js';

/** The call is made once more. A second time-out fails the task. */
export async function concludeTimeout(context: AgentContext, turn: Turn, model: string): Promise<TurnResult> {
  const { fence, input } = turn;
  if (!input.timedOut) {
    await noteWait(context, turn, { model, reason: 'timeout', tried: true, delayMs: 0 });
    return { next: 'again' };
  }
  const limit = `${Math.round(input.timeoutMs / 1000)} s`;
  await failTask(context.db, fence, `Timeout: the model gave no complete answer within ${limit}, twice.`);
  return { next: 'failed' };
}

/**
 * If the model's server has never answered and cannot be reached, its address is probably wrong: a person is asked
 * after this many tries, some fifteen seconds.
 */
const UNREACHABLE_CALLS = 5;

/**
 * If answers break off this often (over some five minutes), something on the network path cuts them and will do so
 * again. Each try may be billed, so a person is asked before more is spent.
 */
const BROKEN_CALLS = 10;

/** How providers name the length of an answer that is longer than the model gives. */
const ANSWER_LENGTH = /max_(?:completion_)?tokens/;

/** @throws ApplicationFailure, for Temporal to retry */
export async function concludeFailure(
  context: AgentContext,
  turn: Turn,
  failure: ModelFailure,
  model: string,
): Promise<TurnResult> {
  const { db } = context;
  const { fence, input, task } = turn;
  const limits = limitsOf(model, task.run.plan.limits);
  switch (failure.kind) {
    case 'connection':
      return concludeConnection(context, turn, failure, model);
    case 'busy':
      throw await waitingFor(context, turn, failure, model);
    case 'access': {
      // The plan of a run is fixed: a task whose own model has a wrong name can only be skipped, accepted or handed in.
      const wholeRun = failure.concerns === 'account' || model === task.run.model;
      const question = wholeRun
        ? noAccess(failure.message, model, failure.concerns)
        : noOwnModel(failure.message, model);
      await askPerson(db, fence, { reason: 'model_access', question, wholeRun });
      return { next: wholeRun ? 'waiting_on_run' : 'blocked' };
    }
    case 'context':
      // The task's own text can be too long; then there is nothing to summarise.
      if (turn.earlier.length > 0 && turn.input.tooLong < LONGEST_REFUSALS) return { next: 'too_long' };
      await askPerson(db, fence, {
        reason: 'context',
        question:
          turn.earlier.length > 0
            ? tooLongForModel(failure.message)
            : tooLongAtOnce(failure.message, model, limits),
      });
      return { next: 'blocked' };
    case 'request':
      await askPerson(db, fence, {
        reason: REFUSED_REQUEST,
        turn: input.turn,
        question: ANSWER_LENGTH.test(failure.message)
          ? answerTooLong(failure.message, model, limits)
          : requestRefused(failure.message, turn.earlier.length > 0),
      });
      return { next: 'blocked' };
  }
}

/** Records the wait. @returns the failure for Temporal to retry */
async function waitingFor(
  context: AgentContext,
  turn: Turn,
  failure: Extract<ModelFailure, { kind: 'busy' | 'connection' }>,
  model: string,
): Promise<ApplicationFailure> {
  const delayMs = failure.retryAfterMs ?? modelRetryMs(turn.fence.attempt);
  await noteWait(context, turn, { model, reason: waitReasonOf(failure), tried: true, delayMs });
  return retryLater(failure.message, failure.retryAfterMs);
}

/** Most network failures pass by themselves; these counts find the ones that do not. */
async function concludeConnection(
  context: AgentContext,
  turn: Turn,
  failure: Extract<ModelFailure, { kind: 'connection' }>,
  model: string,
): Promise<TurnResult> {
  const { db } = context;
  const { fence, input } = turn;
  const { unsent, lost } = await countBrokenCalls(db, fence, input.turn);
  if (unsent + lost >= UNREACHABLE_CALLS && !(await hasAnyTurn(db, input.runId))) {
    return concludeFailure(context, turn, { ...failure, kind: 'access', concerns: 'account' }, model);
  }
  if (failure.billed === 'no' || lost < BROKEN_CALLS) {
    throw await waitingFor(context, turn, failure, model);
  }
  await askPerson(db, fence, {
    reason: 'model_broken',
    question: `${failure.message}. This happened ${lost} times, and each call may have been billed. Check what lies between this machine and the model (a proxy, a gateway), then answer this.`,
  });
  return { next: 'blocked' };
}
