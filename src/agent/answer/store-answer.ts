/** Step 4 of a turn: the record. The answer, or how the call ended without one, is stored before anything else. */
import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';
import pg from 'pg';
import type { AgentContext, Turn } from '../agent-context.js';
import type { CallOutcome } from '../call/make-call.js';
import { relaxLimit, tightenLimit } from '../call/rate-limiter.js';
import type { ReservedCall } from '../call/reserve-call.js';
import { settleCall, type CallEnd } from '../../db/calls.js';
import { retryWhileAway } from '../../db/retry-while-away.js';
import { RecordMissing } from '../../db/task-record.js';
import {
  answerAsStored,
  newAnswer,
  storeTurn,
  type NewAnswer,
  type NewTurn,
  type TurnKind,
} from '../../db/turns.js';
import type { ModelAnswer } from '../../model/call.js';
import { priceFactorOf } from '../../model/endpoint.js';
import { costUsd, priceOf } from '../../model/prices.js';

/** The record cannot take an answer. Final, because a retried turn would pay for another one. */
export class UnrecordableAnswer extends Error {
  override readonly name = 'UnrecordableAnswer';

  constructor(cause: pg.DatabaseError) {
    super(`The model's answer, which is paid for, cannot be recorded: ${cause.message}`, { cause });
  }
}

/** An answer that is in the record. */
export interface StoredAnswer {
  readonly kind: 'answered';
  readonly content: readonly Anthropic.ContentBlock[];
  readonly stopReason: Anthropic.StopReason;
  /** What the provider says about a refusal. */
  readonly refusal: string | null;
  readonly turnKind: TurnKind;
}

export type StoredOutcome =
  | StoredAnswer
  /** The turn already had an answer, which counts. The cost of this one is recorded too. */
  | { readonly kind: 'stored' }
  | Exclude<CallOutcome, { kind: 'answered' }>;

/**
 * Stores how the call ended.
 * @throws RecordMissing when the run was removed meanwhile
 * @throws the signal's reason when it was aborted and there is no answer
 */
export async function storeOutcome(
  context: AgentContext,
  turn: Turn,
  reserved: ReservedCall,
  outcome: CallOutcome,
  signal: AbortSignal,
): Promise<StoredOutcome> {
  if (outcome.kind === 'answered') return storeAnswer(context, turn, reserved, outcome.answer, signal);
  const { end, reason } = endOf(outcome);
  const { db, calls } = context;
  await retryWhileAway(() => settleCall(db, reserved.call, end, reason), abortLater(signal));
  calls.markSettled(reserved.call);
  signal.throwIfAborted();
  if (outcome.kind === 'failed' && outcome.failure.kind === 'busy' && outcome.failure.slowsFleet) {
    await tightenLimit(context, reserved.slot, outcome.failure.retryAfterMs);
  }
  return outcome;
}

async function storeAnswer(
  context: AgentContext,
  turn: Turn,
  reserved: ReservedCall,
  answer: ModelAnswer,
  signal: AbortSignal,
): Promise<StoredOutcome> {
  const { call, slot } = reserved;
  const record = recordOf(turn, reserved, answer);
  const stored = await recordAnswer(context, newAnswer(call, record), signal);
  context.calls.markSettled(call);
  if (stored === 'gone') throw new RecordMissing(`Turn ${record.number} of ${record.taskId} was removed.`);
  await relaxLimit(context, slot);
  const { answer: content, stopReason, refusal, kind: turnKind } = record;
  return stored === 'first'
    ? { kind: 'answered', content, stopReason, refusal, turnKind }
    : { kind: 'stored' };
}

/** A statement takes milliseconds, or a second on a busy machine. One that takes longer may outlive this process. */
const SLOW_MS = 2_000;

/** Records an answer. While the database is out of reach, it is kept in a file as well. */
async function recordAnswer(context: AgentContext, answer: NewAnswer, signal: AbortSignal) {
  const { db, keptAnswers } = context;
  const slow = setTimeout(() => void keptAnswers.keep(answer), SLOW_MS);
  const store = async () => {
    try {
      return await storeTurn(db, answer);
    } catch (error) {
      await keptAnswers.keep(answer);
      throw error;
    }
  };
  try {
    const stored = await retryWhileAway(store, abortLater(signal));
    await keptAnswers.remove(answer.call);
    return stored;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) {
      keptAnswers.release(answer.call);
      throw error;
    }
    await giveUp(context, answer.call);
    await keptAnswers.setAside(answer.call, error);
    throw new UnrecordableAnswer(error);
  } finally {
    clearTimeout(slow);
  }
}

/**
 * Records that an answer is lost which the record cannot take. Otherwise other workers would wait for it as long as this one
 * lives.
 */
async function giveUp({ db, calls }: AgentContext, call: number): Promise<void> {
  try {
    await settleCall(db, call, 'lost', 'its answer could not be recorded');
    calls.markSettled(call);
  } catch {
    // It stays among the unsettled calls of this process. The first error is the one to report.
  }
}

/** For the ledger: a call that may have been billed is `lost`, and its money stays reserved. */
function endOf(outcome: Exclude<CallOutcome, { kind: 'answered' }>): {
  readonly end: CallEnd;
  readonly reason: string;
} {
  switch (outcome.kind) {
    case 'unsent':
      return { end: 'unsent', reason: 'its activity was stopped, or the lease of its worker had run out' };
    case 'timed_out':
      return { end: 'lost', reason: 'it timed out' };
    case 'aborted':
      return { end: 'lost', reason: 'it was interrupted' };
    case 'failed': {
      const { kind, billed, message: reason } = outcome.failure;
      if (billed === 'possibly') return { end: 'lost', reason };
      return { end: kind === 'connection' ? 'unsent' : 'refused', reason };
    }
  }
}

/**
 * How long a stopping worker waits for an unreachable database. After that an answer waits in its file, and a call without one
 * counts as lost.
 */
const LINGER_MS = 10_000;

/** Aborts some time after `signal` does: an answer that was paid for is not dropped at once when a worker stops. */
function abortLater(signal: AbortSignal): AbortSignal {
  const later = new AbortController();
  const linger = () => setTimeout(() => later.abort(signal.reason), LINGER_MS).unref();
  if (signal.aborted) linger();
  else signal.addEventListener('abort', linger, { once: true });
  return later.signal;
}

function recordOf({ input, task }: Turn, sent: ReservedCall, answer: ModelAnswer): NewTurn {
  const { prompt, shown, knownBlobs, request, conversation, kind, opening, compactedTokens } = sent.request;
  const price = priceOf(request.model, task.run.plan.prices, priceFactorOf(sent.endpoint));
  return {
    runId: input.runId,
    taskId: input.taskId,
    number: input.turn,
    attempt: input.attempt,
    model: request.model,
    requestHash: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
    prompt,
    answer: answerAsStored(answer.content),
    stopReason: answer.stopReason,
    refusal: answer.refusal,
    usage: answer.usage,
    costUsd: price === null ? 0 : costUsd(answer.usage, price),
    ms: answer.ms,
    ...{ shown, knownBlobs, conversation, kind, opening, compactedTokens },
  };
}
