import { hasModel, type ModelEndpoint } from '../model/endpoint.js';
import { MAX_TOKENS } from '../model/call.js';
import { priceOf, SCRIPTED_MODEL, worstCaseUsd } from '../model/prices.js';
import type { RunRecord } from '../db/task-record.js';
import { claimInTime } from './claim.js';
import { limitOf, passGate } from './rate-limiter.js';
import { failed, runCancelled } from './no-answer.js';
import { send, type Asked, type TurnWork } from './send.js';
import type { Workplace } from '../activities/activity-context.js';

/**
 * The model's answer to a turn, or how the turn ends without one. Before its call is sent it passes the gate that
 * slows all workers down together, and is claimed in the ledger, with its money.
 */
export async function ask(place: Workplace, work: TurnWork, signal: AbortSignal): Promise<Asked> {
  const { step, input, task, prepared } = work;
  const { model } = prepared.request;
  const endpoint = await place.endpointFor(model);
  if (!isOwnEndpoint(endpoint, task.run)) {
    const message = `This worker has no access to the run's model (${task.run.modelEndpoint || 'no key is set'})`;
    return { kind: 'ended', result: await failed(place, work, { kind: 'access', message, billed: 'no' }) };
  }
  const pass = await passGate(place, limitOf(endpoint, model), signal);
  const claim = await claimInTime(place, step, { turn: input.turn, worstUsd: worstOf(work) }, signal);
  switch (claim.outcome) {
    case 'stored':
      return { kind: 'stored' };
    case 'paused':
    case 'held':
      return { kind: 'ended', result: { next: claim.outcome } };
    case 'cancelled':
      throw runCancelled();
    case 'claimed':
      return send(place, work, { call: claim.call, endpoint, pass }, signal);
  }
}

/** A run's code goes to the endpoint it was started with and to no other, whoever's worker takes its turns. */
function isOwnEndpoint(endpoint: ModelEndpoint, run: RunRecord): boolean {
  if (run.model === SCRIPTED_MODEL) return true;
  return hasModel(endpoint) && (endpoint.baseUrl ?? '') === run.modelEndpoint;
}

/** What is reserved for a turn's call. A model without a price runs without a budget only. */
function worstOf({ task, prepared }: TurnWork): number {
  const price = priceOf(prepared.request.model, task.run.plan.prices);
  if (price === null) return 0;
  const { inputTokensUpperBound } = prepared;
  return worstCaseUsd({ inputTokensUpperBound, maxTokens: MAX_TOKENS, price });
}
