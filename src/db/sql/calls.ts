import { z } from 'zod';
import { sanitizeText } from '../database.js';
import { fenceValues, type Fence } from './fencing.js';
import { defineStatement } from './statement.js';

export interface CallWanted {
  readonly turn: number;
  /** The worst-case cost in USD, which is reserved when the call is claimed. */
  readonly worstUsd: number;
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
  text: 'SELECT outcome, call FROM claim_call($1, $2, $3, $4, $5, $6, $7, $8, $9)',
  values: (fence: Fence, { turn, worstUsd, inFlight, unsettled }: CallWanted) => [
    ...fenceValues(fence),
    turn,
    worstUsd,
    inFlight,
    unsettled,
  ],
  row: {
    outcome: z.enum(['claimed', 'stored', 'busy', 'no_money', 'waiting_on_run', 'paused', 'cancelled']),
    /** The id of the claimed call; null for the other outcomes. */
    call: z.int().nullable(),
  },
});

export const settleCall = defineStatement({
  name: 'settle-call',
  reason: 'atomic',
  why: 'Ends the call and releases its reservation in one statement, once.',
  text: 'SELECT settle_call($1, $2, $3)',
  values: (call: number, end: CallEnd, reason: string) => [call, end, sanitizeText(reason)],
});
