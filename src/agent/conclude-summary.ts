/** What follows the summary of a conversation: the next one, or a question to a person. */
import type { AgentContext, Turn } from './agent-context.js';
import { summaryIn } from './conversation.js';
import { noSummary } from './questions.js';
import type { StoredAnswer } from './store-answer.js';
import { askPerson } from '../db/blockers.js';
import type { AnswerResult } from '../contract/payloads.js';

/** Whatever the model did instead of a summary: without one the work cannot go on by itself. */
export async function concludeSummary(
  { db }: AgentContext,
  { fence, input }: Turn,
  { content, stopReason }: StoredAnswer,
): Promise<AnswerResult> {
  if (summaryIn(content, stopReason) !== null) return { next: 'continue', counts: input.counts };
  await askPerson(db, fence, { turn: input.turn, reason: 'context', question: noSummary() });
  return { next: 'blocked' };
}
