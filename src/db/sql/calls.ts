import { z } from 'zod';
import type { RunId } from '../../contract/ids.js';
import { sanitizeText } from '../database.js';
import { fenceValues, type Fence } from './fencing.js';
import { defineStatement } from './statement.js';

export interface CallWanted {
  readonly turn: number;
  /** The highest cost in USD, which is reserved when the call is claimed and the budget has room for it. */
  readonly worstUsd: number;
  /** The cost with an answer of comfortable length: the call waits for this much; default: worstUsd. */
  readonly enoughUsd?: number;
  /** The cost with the shortest useful answer: the call is content with it when no money is awaited; default: worstUsd. */
  readonly leastUsd?: number;
  /** The calls that this process is making now. */
  readonly inFlight: readonly number[];
  /** The calls that this process has made, but whose end it could not record. */
  readonly unsettled: readonly number[];
}

/** How a call ended without an answer: refused (an error status, not billed), never sent, or lost (possibly billed). */
export type CallEnd = 'refused' | 'unsent' | 'lost';

export const claimCall = defineStatement({
  name: 'claim-call',
  reason: 'atomic',
  why: 'Claims the call, reserves its money and settles lost calls under the locks of the task and the run.',
  text: 'SELECT outcome, call, granted::float8 FROM claim_call($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
  values: (fence: Fence, wanted: CallWanted & { readonly onlyChecks: boolean }) => [
    ...fenceValues(fence),
    wanted.turn,
    wanted.worstUsd,
    wanted.enoughUsd ?? wanted.worstUsd,
    wanted.leastUsd ?? wanted.worstUsd,
    wanted.inFlight,
    wanted.unsettled,
    wanted.onlyChecks,
  ],
  row: {
    outcome: z.enum([
      'claimed',
      'stored',
      'busy',
      'no_money',
      'waiting_on_run',
      'paused',
      'cancelled',
      'ready',
    ]),
    /** The id of the claimed call; null for the other outcomes. */
    call: z.int().nullable(),
    /** The amount that is reserved for it, in USD; null for the other outcomes. */
    granted: z.number().nullable(),
  },
});

export const settleCall = defineStatement({
  name: 'settle-call',
  reason: 'atomic',
  why: 'Ends the call and releases its reservation in one statement, once.',
  text: 'SELECT settle_call($1, $2, $3)',
  values: (call: number, end: CallEnd, reason: string) => [call, end, sanitizeText(reason)],
});

/** What becomes of a call that nobody waits for any more: one that was sent may be billed. */
export const GIVEN_UP = `state = CASE state WHEN 'open' THEN 'lost' ELSE 'unsent' END, ended_at = clock_timestamp()`;

export const settleCallsOfCancelledRun = defineStatement({
  name: 'settle-calls-of-cancelled-run',
  reason: 'atomic',
  why: 'A call that is answered meanwhile is left alone. No claim of this run settles them.',
  text: `UPDATE model_calls SET ${GIVEN_UP}, reason = 'its run was cancelled'
    WHERE run_id = $1 AND state IN ('waiting', 'open')
      AND EXISTS (SELECT FROM runs WHERE id = $1 AND status = 'cancelled')`,
  values: (run: RunId) => [run],
});
