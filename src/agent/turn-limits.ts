/** The limits of one answer, and of a task's turns between two tested submissions. Pure. */
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

/** Tool calls of one answer that are run. Models call a few tools at once; an answer can hold thousands of calls. */
export const CALLS_OF_ANSWER = 64;

/**
 * Milliseconds for the read calls of one answer together. A call takes some ten milliseconds, or a second on a huge
 * repository, so a minute is enough for every answer but one that is made to be slow.
 */
export const READS_OF_ANSWER_MS = 60_000;

/** Why the next read call of an answer is not run, for the model; null when it is run. */
export function whyNotRun(callsBefore: number, isOutOfTime: boolean): string | null {
  if (callsBefore >= CALLS_OF_ANSWER) {
    return `not run: at most ${CALLS_OF_ANSWER} calls of one answer are. Call it again if you need it`;
  }
  if (isOutOfTime) {
    return `not run: the calls of one answer have ${READS_OF_ANSWER_MS / 1_000} seconds together. Call fewer at once`;
  }
  return null;
}
