/** The limits of one answer, and of a task's turns between two tested submissions. Pure. */
import type { TurnCounts } from '../../contract/payloads.js';

/** Invalid submissions in a row (malformed or refused) before a person is asked. */
export const INVALID_SUBMISSIONS = 3;

/**
 * Turns between two tested submissions: a bound on an agent that never submits, far above what any task needs. Sixty
 * commands (the default of the plan), an edit before each, and the reads before them fit.
 */
export const TURNS_WITHOUT_TEST = 150;

/** Turns before that limit at which the model is warned of it, once: enough to finish its work and to correct mistakes. */
const TURNS_LEFT_AT_WARNING = 20;

/** The note for a model that comes near to the limit of turns; null for every other one. */
export function turnLimitNote({ turns }: TurnCounts): string | null {
  const left = TURNS_WITHOUT_TEST - turns;
  if (left !== TURNS_LEFT_AT_WARNING) return null;
  return `You have ${left} answers left to submit work that can be tested; then a person is asked. Finish what you do, and submit it.`;
}

/**
 * The outcome of a turn that does not end in a test:
 * - `step`: at least one of its calls was valid. It restarts the count of invalid submissions.
 * - `idle`: none of its calls was valid, and none was a submission; or the model only continues (`pause_turn`).
 * - `invalid_submission`: its submission is malformed or refused, or it has no call; and no other call was valid.
 * - `step_and_invalid_submission`: the same, beside at least one valid call.
 */
export type TurnOutcome = 'step' | 'idle' | 'invalid_submission' | 'step_and_invalid_submission';

/** A call of an answer that does not end it; `refused` is an invalid one. */
interface CountedStep {
  readonly kind: 'read' | 'change' | 'run' | 'mcp' | 'refused';
}

/** The outcome of an answer whose submission is invalid. */
export function invalidSubmission(steps: readonly CountedStep[]): TurnOutcome {
  return hasValidStep(steps) ? 'step_and_invalid_submission' : 'invalid_submission';
}

/** The outcome of an answer without a submission. */
export function withoutSubmission(steps: readonly CountedStep[]): TurnOutcome {
  return hasValidStep(steps) ? 'step' : 'idle';
}

function hasValidStep(steps: readonly CountedStep[]): boolean {
  return steps.some(({ kind }) => kind !== 'refused');
}

/** Continue with the new counts, or ask a person because a limit is reached. */
export type CountDecision =
  | { readonly next: 'continue'; readonly counts: TurnCounts }
  | { readonly next: 'ask'; readonly limit: 'invalid_submissions' | 'turns' };

/** Counts a turn. */
export function countTurn({ invalidSubmissions, turns }: TurnCounts, outcome: TurnOutcome): CountDecision {
  const counts = { invalidSubmissions: nextInvalid(invalidSubmissions, outcome), turns: turns + 1 };
  if (counts.invalidSubmissions >= INVALID_SUBMISSIONS) return { next: 'ask', limit: 'invalid_submissions' };
  if (counts.turns >= TURNS_WITHOUT_TEST) return { next: 'ask', limit: 'turns' };
  return { next: 'continue', counts };
}

function nextInvalid(count: number, outcome: TurnOutcome): number {
  switch (outcome) {
    case 'step':
      return 0;
    case 'idle':
      return count;
    case 'invalid_submission':
      return count + 1;
    case 'step_and_invalid_submission':
      return 1;
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
  if (callsBefore >= CALLS_OF_ANSWER) return callsExceeded();
  if (isOutOfTime) {
    return `not run: the calls of one answer have ${READS_OF_ANSWER_MS / 1_000} seconds together. Call fewer at once`;
  }
  return null;
}

/** Why the result of a read call is left out, for the model. */
export const NO_ROOM =
  'not shown: the results of this answer would not fit into the conversation together. Read less at once: fewer files, or parts of them';

/** Why a call of an answer with too many calls is not run, for the model. */
export function callsExceeded(): string {
  return `not run: at most ${CALLS_OF_ANSWER} calls of one answer are. Call it again if you need it`;
}
