/** The limits of a task's turns between two tested submissions, and the one place that counts towards them. Pure. */
import type { TurnCounts } from '../contract/payloads.js';

/** Invalid submissions in a row (malformed or refused) before a person is asked. */
export const INVALID_SUBMISSIONS = 3;

/** Turns in a row that only read: more than any task needs, and a bound on an agent that never submits. */
export const READ_TURNS = 60;

/** The outcome of a turn, if it counts towards a limit. */
export type CountedEvent = 'read' | 'invalid_submission';

/** Continue with the new counts, or ask a person because a limit is reached. */
export type CountDecision =
  { readonly next: 'continue'; readonly counts: TurnCounts } | { readonly next: 'ask' };

/** Counts one event. A submission, valid or not, restarts the count of read turns. */
export function countEvent({ invalidSubmissions, reads }: TurnCounts, event: CountedEvent): CountDecision {
  switch (event) {
    case 'read':
      if (reads + 1 >= READ_TURNS) return { next: 'ask' };
      return { next: 'continue', counts: { invalidSubmissions, reads: reads + 1 } };
    case 'invalid_submission':
      if (invalidSubmissions + 1 >= INVALID_SUBMISSIONS) return { next: 'ask' };
      return { next: 'continue', counts: { invalidSubmissions: invalidSubmissions + 1, reads: 0 } };
  }
}
