/** The conversations of a task, for people: where each begins, and why the one before it ended. Pure. */
import { isFull } from './conversation.js';
import type { LimitsByModel } from '../../model/known-models.js';
import type { AttemptView, ConversationStart, ConversationView, StoredTurnView } from '../../contract/api.js';

type Turn = Pick<
  StoredTurnView,
  'number' | 'conversation' | 'model' | 'isSummary' | 'stopReason' | 'inputTokens' | 'outputTokens'
>;
type Attempt = Pick<AttemptView, 'turn' | 'startsAgain'>;

/**
 * @param turns in order
 * @param limits those of the run's plan
 */
export function describeConversations(
  turns: readonly Turn[],
  attempts: readonly Attempt[],
  limits: LimitsByModel,
): ConversationView[] {
  return turns.flatMap(({ number: firstTurn, conversation: number, model }, index) => {
    const before = turns.slice(0, index);
    const last = before.at(-1);
    if (last?.conversation === number) return [];
    return [
      {
        number,
        firstTurn,
        model,
        begun: last === undefined ? null : startAfter(last, before, { model, attempts, limits }),
      },
    ];
  });
}

function startAfter(
  last: Turn,
  turns: readonly Turn[],
  {
    model,
    attempts,
    limits,
  }: {
    readonly model: string;
    readonly attempts: readonly Attempt[];
    readonly limits: LimitsByModel;
  },
): ConversationStart {
  if (!last.isSummary) {
    return { reason: whyWithout(last, model), summarized: null };
  }
  const worked = turns.findLast(({ isSummary }) => !isSummary);
  const fromTokens = worked === undefined ? 0 : worked.inputTokens + worked.outputTokens;
  return {
    reason: whySummarized(worked, fromTokens, attempts, limits),
    summarized: { fromTokens, toTokens: last.outputTokens },
  };
}

/** Why a conversation begins without a summary of the one before it. */
function whyWithout(last: Turn, model: string): ConversationStart['reason'] {
  if (last.stopReason === 'refusal') return 'refused';
  return last.model === model ? 'request_refused' : 'other_model';
}

/** Found from the turns and attempts: nothing else ends a conversation with a summary. */
function whySummarized(
  worked: Turn | undefined,
  tokens: number,
  attempts: readonly Attempt[],
  limits: LimitsByModel,
): ConversationStart['reason'] {
  if (worked === undefined) return 'too_long';
  if (isFull({ model: worked.model, stopReason: worked.stopReason, tokens }, limits)) return 'full';
  const failed = attempts.find(({ turn }) => turn === worked.number);
  return failed?.startsAgain === true ? 'same_failure' : 'too_long';
}
