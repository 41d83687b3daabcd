/** What follows the summary of a conversation: the next one, or a question to a person. */
import type { AgentContext, Turn } from '../agent-context.js';
import { summaryIn } from '../request/conversation.js';
import { noSummary } from './questions.js';
import type { StoredAnswer } from './store-answer.js';
import { askPerson } from '../../db/blockers.js';
import type { AnswerResult } from '../../contract/payloads.js';

/**
 * Without a summary, work that grew too long cannot go on by itself. Work that failed twice alike can: it starts again
 * with the task and its last outcome, and each time costs a correction, so that this ends.
 */
export async function concludeSummary(
  { db }: AgentContext,
  { fence, input, earlier }: Turn,
  { content, stopReason }: StoredAnswer,
): Promise<AnswerResult> {
  const ended = earlier.findLast(({ kind }) => kind === 'work')?.conversation;
  const failsAgain = earlier.some((turn) => turn.conversation === ended && turn.startsAgain);
  if (failsAgain || summaryIn(content, stopReason) !== null)
    return { next: 'continue', counts: input.counts };
  await askPerson(db, fence, { turn: input.turn, reason: 'context', question: noSummary() });
  return { next: 'blocked' };
}
