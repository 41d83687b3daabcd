import { createHash } from 'node:crypto';
import { settleCall, type CallEnd } from '../db/calls.js';
import type { Fence } from '../db/fencing.js';
import { RecordMissing, type TaskRecord } from '../db/task-record.js';
import { storeTurn, type NewTurn } from '../db/turns.js';
import { callModel, CallTimeout, type ModelAnswer } from '../model/call.js';
import type { ModelEndpoint } from '../model/endpoint.js';
import { failureOf, type ModelFailure } from '../model/failures.js';
import { costUsd, priceOf } from '../model/prices.js';
import { inSpan } from '../tracing/spans.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import type { Prepared } from './compose.js';
import { answerAttributes, modelSpan } from './model-span.js';
import { cutGate, easeGate, type Pass } from './rate-limiter.js';
import { failed, timedOut, tryLater } from './no-answer.js';
import { patiently } from '../activities/retry-while-away.js';
import type { Workplace } from '../activities/activity-context.js';

/** One turn of one task, all that is known of it before its call. */
export interface TurnWork {
  readonly step: Fence;
  readonly input: TurnInput;
  readonly task: TaskRecord;
  readonly prepared: Prepared;
}

/** What a turn's question came to. */
export type Asked =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  /** The turn's answer is in the record, from another call. */
  | { readonly kind: 'stored' }
  | { readonly kind: 'ended'; readonly result: TurnResult };

/** A call that is claimed and may be sent. */
export interface ClaimedCall {
  readonly call: number;
  readonly endpoint: ModelEndpoint;
  readonly pass: Pass;
}

/** Makes the call and settles it: its answer is stored before anything can fail after it. */
export async function send(
  place: Workplace,
  work: TurnWork,
  claimed: ClaimedCall,
  signal: AbortSignal,
): Promise<Asked> {
  const { call: number } = claimed;
  try {
    await checkStillOurs(place, work.step, number, signal);
    const answer = await call(place, work, claimed, signal).catch((error: unknown) => ({ error }));
    if ('error' in answer) {
      return { kind: 'ended', result: await unanswered(place, work, claimed, answer.error, signal) };
    }
    const record = recordOf(work, answer);
    const stored = await patiently(() => storeTurn(place.db, number, record), lingering(signal));
    place.calls.settled(number);
    if (stored === 'gone') throw new RecordMissing(`Turn ${record.number} of ${record.taskId} was removed.`);
    await easeGate(place, claimed.pass);
    return stored === 'first' ? { kind: 'answered', answer } : { kind: 'stored' };
  } finally {
    place.calls.ended(number);
  }
}

/** The call itself; whoever watches the task hears the answer as it comes. */
async function call(
  place: Workplace,
  { input, prepared }: TurnWork,
  claimed: ClaimedCall,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const { runId, taskId, attempt, turn, timeoutMs } = input;
  const told = place.deltas.begin({ runId, taskId, attempt, turn, call: claimed.call }, prepared.masker);
  try {
    const heard = told.hear;
    return await inSpan(modelSpan(claimed.endpoint, prepared.request, input), async (say) => {
      const answer = await callModel(claimed.endpoint, prepared.request, { timeoutMs, signal, heard });
      say(answerAttributes(answer));
      return answer;
    });
  } finally {
    told.end();
  }
}

/**
 * The last look before it is sent: a process that slept through its lease may have been taken for dead, and its
 * call be in another's hands, also when it goes on as a new worker by now.
 */
async function checkStillOurs(
  place: Workplace,
  { worker }: Fence,
  call: number,
  signal: AbortSignal,
): Promise<void> {
  if (!signal.aborted && place.worker.id === worker && place.worker.holds()) return;
  await settle(place, call, 'unsent', 'its worker had to stop', signal);
  signal.throwIfAborted();
  throw tryLater({
    message: 'This worker did not answer for too long: the call is made anew',
    retryAfterMs: null,
  });
}

/** Settles a call that gave no answer, and says how the turn ends, or throws for it to be tried again. */
async function unanswered(
  place: Workplace,
  work: TurnWork,
  { call, pass }: ClaimedCall,
  error: unknown,
  signal: AbortSignal,
): Promise<TurnResult> {
  const failure = signal.aborted || error instanceof CallTimeout ? null : failureOf(error);
  const reason =
    failure?.message ?? (error instanceof CallTimeout ? 'its time was over' : 'it was broken off');
  await settle(place, call, endOf(failure), reason, signal);
  signal.throwIfAborted();
  if (error instanceof CallTimeout) return timedOut(place, work);
  if (failure === null) throw error;
  if (failure.kind === 'busy' && failure.slowsFleet) await cutGate(place, pass, failure.retryAfterMs);
  return failed(place, work, failure);
}

function endOf(failure: ModelFailure | null): CallEnd {
  if (failure === null || failure.billed === 'possibly') return 'lost';
  return failure.kind === 'connection' ? 'unsent' : 'refused';
}

async function settle(
  place: Workplace,
  call: number,
  end: CallEnd,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  await patiently(() => settleCall(place.db, call, end, reason), lingering(signal));
  place.calls.settled(call);
}

/** A worker that has to stop tries this long to reach a database that is away: then the call counts as lost. */
const LINGER_MS = 10_000;

/** Aborts some time after `signal` does: what was paid for is not dropped the moment that a worker has to stop. */
function lingering(signal: AbortSignal): AbortSignal {
  const over = new AbortController();
  const linger = () => setTimeout(() => over.abort(signal.reason), LINGER_MS).unref();
  if (signal.aborted) linger();
  else signal.addEventListener('abort', linger, { once: true });
  return over.signal;
}

function recordOf({ input, task, prepared }: TurnWork, answer: ModelAnswer): NewTurn {
  const { prompt, shown, request } = prepared;
  const price = priceOf(request.model, task.run.plan.prices);
  return {
    runId: input.runId,
    taskId: input.taskId,
    number: input.turn,
    attempt: input.attempt,
    model: request.model,
    requestHash: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
    prompt,
    answer: answer.content,
    stopReason: answer.stopReason,
    usage: answer.usage,
    costUsd: price === null ? 0 : costUsd(answer.usage, price),
    ms: answer.ms,
    shown,
  };
}
