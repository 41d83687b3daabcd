import type { AnswerBody } from '../../contract/api.js';
import type { BlockerView } from '../../contract/run-view.js';
import { count } from '../../shared/words/format.js';
import { api, failureOf } from '../api-client.js';

/**
 * How many answers are sent at once. As many as possible, because only those under way outlive a page that is left; but
 * Chromium allows a page 256 such requests, and one that waits for the others must not reach its timeout.
 */
const MAX_AT_ONCE = 100;

/** Answers each question alike. @throws Error that says how many answers failed, and why */
export async function answerEach(
  blockers: readonly Pick<BlockerView, 'id'>[],
  answer: AnswerBody,
): Promise<void> {
  const problems: string[] = [];
  for (let first = 0; first < blockers.length; first += MAX_AT_ONCE) {
    const some = blockers.slice(first, first + MAX_AT_ONCE);
    for (const outcome of await Promise.allSettled(some.map(({ id }) => api.answer(id, answer))))
      if (outcome.status === 'rejected') problems.push(failureOf(outcome.reason));
  }
  if (problems.length > 0)
    throw new Error(
      `${problems.length} of ${count(blockers.length, 'answer')} failed: ${[...new Set(problems)].join(' ')}`,
    );
}
