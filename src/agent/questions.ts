/** What a person is asked when an agent cannot go on: what was tried, the last failure, what is needed. Pure. */
import { READS, STRIKES } from './turn-limits.js';

const DECIDE = 'or your word whether its work is taken as it is or left out';

/** After the last correction. */
export function stillRed(command: string, attempts: number, summary: string): string {
  const tried = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return `After ${tried} its tests (${command}) still fail: ${summary}. It needs a hint, more corrections, ${DECIDE}.`;
}

/** Submissions that were refused, one after the other; `last` says of what and why. */
export function cannotApply(last: string): string {
  return `${STRIKES} submissions in a row were refused, and nothing of them was written. The last one: ${last}. It needs a hint how to do it otherwise, ${DECIDE}.`;
}

/** Answers of which nothing could be made; `last` is what the agent was told of the last one. */
export function cannotUse(last: string): string {
  return `${STRIKES} submissions in a row could not be used. The last one: ${last} It needs a hint, ${DECIDE}.`;
}

/** Turn after turn without a submission. */
export function looksAround(): string {
  return `The agent has looked around for ${READS} turns without submitting anything. It needs a hint where to begin, ${DECIDE}.`;
}

/** What a task was blocked with is gone from the record; `last` is what it said then. */
export function lostQuestion(last: string): string {
  return `The question that this task waits for was lost. What it said last: ${last} It needs a hint, ${DECIDE}.`;
}

/** The finished branch does not pass. */
export function verifyRed(command: string, summary: string): string {
  return `All tasks are done and on the branch, but verify (${command}) is red on it: ${summary}. Fix what it says on this machine and have it verified again, or take the branch as it is.`;
}
