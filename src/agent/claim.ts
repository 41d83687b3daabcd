import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { claimCall, type CallWanted, type Claim } from '../db/calls.js';
import type { Fence } from '../db/fencing.js';
import { LONGEST_WAIT_MS } from './rate-limiter.js';
import type { Workplace } from '../activities/activity-context.js';

/** An answer or money may come any moment; who waits longer asks less often, so that a thousand can wait. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** Temporal tries again at once, nearly: what was waited for may have come in between. */
const COME_BACK_MS = 1_000;

/**
 * Claims a turn's call; waits while another worker is at it, or while money is set aside that may come back.
 * @throws ApplicationFailure, for Temporal to try again, after the longest wait inside an activity
 */
export async function claimInTime(
  { db, calls }: Pick<Workplace, 'db' | 'calls'>,
  step: Fence,
  wanted: Pick<CallWanted, 'turn' | 'worstUsd'>,
  signal: AbortSignal,
): Promise<Exclude<Claim, { outcome: 'busy' | 'no_money' }>> {
  for (let waited = 0, pause = FIRST_PAUSE_MS; ;) {
    const claim = await calls.claim(JSON.stringify([step.runId, step.taskId, wanted.turn]), () =>
      claimCall(db, step, { ...wanted, inFlight: calls.inFlight, unsettled: calls.unsettled }),
    );
    if (claim.outcome !== 'busy' && claim.outcome !== 'no_money') return claim;
    if (waited >= LONGEST_WAIT_MS) throw waitsOn(claim.outcome);
    await delay(pause, undefined, { signal });
    waited += pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

function waitsOn(what: 'busy' | 'no_money'): ApplicationFailure {
  return ApplicationFailure.create({
    message:
      what === 'busy'
        ? 'Another worker waits for the answer to this turn'
        : 'The rest of the budget is set aside for calls under way: waiting for what they leave',
    type: 'Waiting',
    nextRetryDelay: COME_BACK_MS,
  });
}
