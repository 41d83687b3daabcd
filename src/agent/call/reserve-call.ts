/** Step 2 of a turn: permission to make its call, from the rate limiter and from the ledger with its money. */
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import type { AgentContext, Turn } from '../agent-context.js';
import type { TurnRequest } from '../request/build-request.js';
import { roomForAnswer } from '../request/conversation.js';
import { noteWait } from './model-wait.js';
import { retryLater } from './turn-errors.js';
import { limitOf, LONGEST_WAIT_MS, passWithoutLimit, waitForSlot, type RateSlot } from './rate-limiter.js';
import { checkClaim, claimCall, type CallWanted, type Claim, type ClaimCheck } from '../../db/calls.js';
import type { Database } from '../../db/database.js';
import { readLimitCause } from '../../db/waits.js';
import { hasModelElsewhere } from '../../db/workers.js';
import type { Fence } from '../../db/fencing.js';
import { correctEndpoint, type RunRecord } from '../../db/task-record.js';
import {
  addressOf,
  endpointProblem,
  hasModel,
  priceFactorOf,
  type ModelEndpoint,
} from '../../model/endpoint.js';
import type { ModelFailure } from '../../model/failures.js';
import { limitsOf, SCRIPTED_MODEL } from '../../model/known-models.js';
import { maxTokensWithin, priceOf, worstCaseUsd } from '../../model/prices.js';

/** A call that may be made. */
export interface ReservedCall {
  readonly kind: 'reserved';
  /** Its number in the ledger. */
  readonly call: number;
  readonly endpoint: ModelEndpoint;
  readonly slot: RateSlot;
  readonly request: TurnRequest;
  /** The longest answer, in tokens, that the model gives and the reserved money pays for. */
  readonly maxTokens: number;
}

export type Reservation =
  | ReservedCall
  /** The record has the turn's answer, from another attempt. */
  | { readonly kind: 'stored' }
  /** The run is paused or cancelled, or waits for a person (`waiting_on_run`). */
  | { readonly kind: 'paused' | 'cancelled' | 'waiting_on_run' }
  | { readonly kind: 'failed'; readonly failure: ModelFailure; readonly model: string };

/**
 * Waits for the rate limiter, which slows all workers down together, then claims the call in the ledger and reserves
 * its money.
 * @throws ApplicationFailure, for Temporal to retry, after the longest wait inside an activity
 */
export async function reserveCall(
  context: AgentContext,
  turn: Turn,
  request: TurnRequest,
  signal: AbortSignal,
): Promise<Reservation> {
  const { run } = turn.task;
  const { model } = request.request;
  const endpoint = await context.endpointFor(model);
  if (!(await isOwnEndpoint(context.db, endpoint, run))) {
    const message = noAccess(endpoint, run);
    // A command without a key may have started this worker beside those of a fleet.
    if (!hasModel(endpoint) && (await hasModelElsewhere(context.db, turn.fence.worker)))
      throw retryLater(`${message}. Another worker has one`, ELSEWHERE_MS);
    return { kind: 'failed', failure: { kind: 'access', concerns: 'account', message, billed: 'no' }, model };
  }
  const limit = { key: limitOf(endpoint, model), run: run.id };
  const cost = costOf(run, request, priceFactorOf(endpoint));
  const wait: Wait = { leftMs: LONGEST_WAIT_MS, signal };
  let slot = await passWithoutLimit(context, limit);
  if (slot === null) {
    // A call that cannot be made would use up a slot of the others, at each of its attempts.
    const found = await waitForLedger(checkClaim, context, turn, cost, wait);
    if (found.outcome !== 'ready') return { kind: found.outcome };
    slot = await waitForSlot(context, limit, signal, async (delayMs) => {
      const reason = await readLimitCause(context.db, model);
      await noteWait(context, turn, { model, reason, tried: false, delayMs });
    });
  }
  const claim = await waitForLedger(claimCall, context, turn, cost, wait);
  if (claim.outcome !== 'claimed') return { kind: claim.outcome };
  const maxTokens = cost.maxTokensWithin(claim.grantedUsd);
  return { kind: 'reserved', call: claim.call, endpoint, slot, request, maxTokens };
}

/** Time for another worker to take a turn that this one cannot. It asks for work all the time, as this one does. */
const ELSEWHERE_MS = 1_000;

/**
 * A run's code goes only to the endpoint that the run was started with, whichever worker takes its turns. A run whose
 * address was wrong takes the one of the worker that continues it after a person's answer.
 */
async function isOwnEndpoint(db: Database, endpoint: ModelEndpoint, run: RunRecord): Promise<boolean> {
  if (run.model === SCRIPTED_MODEL) return true;
  if (!hasModel(endpoint)) return false;
  const address = addressOf(endpoint);
  return address === run.modelEndpoint || correctEndpoint(db, run, address);
}

/** Why a worker cannot make a run's calls: what its settings lack, or that they name another address. */
function noAccess(endpoint: ModelEndpoint, run: RunRecord): string {
  const what = `This worker has no access to the run's model (${run.modelEndpoint || "Anthropic's API"})`;
  const problem = endpointProblem(endpoint);
  return problem === null
    ? `${what}: the run goes on only at the address that it was started with`
    : `${what}. ${problem.message}`;
}

/** Enough for several whole files. A call waits for the money for this much while other calls may release some. */
const ENOUGH_TOKENS = 32_000;
/** A shorter answer would hardly hold an edit and its explanation: a person is asked instead. */
const LEAST_TOKENS = 4_096;

/** What a call can cost, by the length of its answer. All 0 for a model without a price, whose runs have no budget. */
interface CallCost {
  readonly worstUsd: number;
  readonly enoughUsd: number;
  readonly leastUsd: number;
  maxTokensWithin(usd: number): number;
}

function costOf(
  run: RunRecord,
  { request, inputTokensUpperBound, inputTokens, cacheLifetime }: TurnRequest,
  priceFactor: number,
): CallCost {
  const longest = roomForAnswer(limitsOf(request.model, run.plan.limits), inputTokens);
  const price = priceOf(request.model, run.plan.prices, priceFactor);
  if (price === null) {
    return { worstUsd: 0, enoughUsd: 0, leastUsd: 0, maxTokensWithin: () => longest };
  }
  const call = { inputTokensUpperBound, price, cachesForAnHour: cacheLifetime === '1h' };
  const upTo = (tokens: number) => worstCaseUsd({ ...call, maxTokens: Math.min(tokens, longest) });
  return {
    worstUsd: upTo(longest),
    enoughUsd: upTo(ENOUGH_TOKENS),
    leastUsd: upTo(LEAST_TOKENS),
    maxTokensWithin: (usd) => Math.min(longest, maxTokensWithin(usd, call)),
  };
}

/** The answer may arrive at any moment. Later checks are further apart. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** Short, because the answer may arrive between two attempts of the activity. */
const RETRY_MS = 1_000;

/**
 * Money is released when an answer arrives, which takes some ten seconds or more. Each look is an attempt of the
 * activity.
 */
const MONEY_RETRY = { firstMs: 1_000, longestMs: 15_000 } as const;

/** The wait for the answer of another worker, before the slot and after it together. */
interface Wait {
  leftMs: number;
  readonly signal: AbortSignal;
}

/** What the ledger says of a call that does not have to wait. */
type Settled<Answer> = Exclude<Answer, { outcome: 'busy' | 'no_money' }>;

function isSettled<Answer extends { readonly outcome: string }>(answer: Answer): answer is Settled<Answer> {
  return answer.outcome !== 'busy' && answer.outcome !== 'no_money';
}

type AskLedger<Answer> = (db: Database, fence: Fence, wanted: CallWanted) => Promise<Answer>;

/**
 * Asks the ledger about the call, or claims it; waits while another worker makes it. A call that waits for reserved money
 * leaves its slot to others: hundreds may wait while few answers are awaited.
 */
async function waitForLedger<Answer extends Claim | ClaimCheck>(
  ask: AskLedger<Answer>,
  context: AgentContext,
  turn: Turn,
  cost: CallCost,
  wait: Wait,
): Promise<Settled<Answer>> {
  for (let pause = FIRST_PAUSE_MS; ;) {
    const answer = await askLedger(ask, context, turn, cost);
    if (isSettled(answer)) return answer;
    if (answer.outcome === 'no_money') throw waitsForMoney(turn.fence.attempt);
    if (wait.leftMs <= 0) throw waitsForAnswer();
    await delay(pause, undefined, { signal: wait.signal });
    wait.leftMs -= pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/** Asks the ledger about the call; `busy` while another attempt in this process asks. */
async function askLedger<Answer extends Claim | ClaimCheck>(
  ask: AskLedger<Answer>,
  { db, calls }: AgentContext,
  { fence, input: { turn } }: Turn,
  { worstUsd, enoughUsd, leastUsd }: CallCost,
): Promise<Answer | { readonly outcome: 'busy' }> {
  const key = JSON.stringify([fence.runId, fence.taskId, turn]);
  if (!calls.beginClaim(key)) return { outcome: 'busy' };
  let answer: Answer | null = null;
  try {
    const { inFlight, unsettled } = calls;
    answer = await ask(db, fence, { turn, worstUsd, enoughUsd, leastUsd, inFlight, unsettled });
    return answer;
  } finally {
    calls.endClaim(key, answer);
  }
}

function waitsForAnswer(): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'Another worker is waiting for the answer to this turn',
    type: 'Waiting',
    nextRetryDelay: RETRY_MS,
  });
}

/** @param attempt the attempt of the activity, from 1 */
function waitsForMoney(attempt: number): ApplicationFailure {
  return ApplicationFailure.create({
    message:
      'The rest of the budget is reserved for calls in flight: waiting for the part that they do not use',
    type: 'Waiting',
    nextRetryDelay: Math.min(MONEY_RETRY.longestMs, MONEY_RETRY.firstMs * 2 ** (attempt - 1)),
  });
}
