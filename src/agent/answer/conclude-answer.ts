/** What follows an answer: its calls are carried out, then its submission is applied or its question asked. */
import type { AgentContext, AnsweredTurn } from '../agent-context.js';
import { applySubmission } from '../changes/apply-submission.js';
import { carryOutCalls, type SandboxCalls } from './carry-out-calls.js';
import { interpretAnswer, lackingSteps, textOf, workOf } from './interpret-answer.js';
import { cannotUse, refused, tooManyTurns } from './questions.js';
import { problemOf } from '../changes/result-texts.js';
import type { StoredAnswer } from './store-answer.js';
import { countTurn, invalidSubmission, withoutSubmission, type TurnOutcome } from './turn-limits.js';
import { askPerson } from '../../db/blockers.js';
import { recordRefusal } from '../../db/turns.js';
import type { AnswerResult } from '../../contract/payloads.js';

/**
 * Carries out an answer and decides what follows. Safe to repeat: each call is carried out once, a submission becomes
 * one commit, a question is asked once and a mistake is recorded once.
 */
export async function concludeAnswer(
  context: AgentContext,
  turn: AnsweredTurn,
  { content, stopReason, refusal }: Pick<StoredAnswer, 'content' | 'stopReason' | 'refusal'>,
  sandbox: SandboxCalls | null,
): Promise<AnswerResult> {
  const { db } = context;
  const { fence, input } = turn;
  const { steps, ending } = interpretAnswer(content, stopReason);
  const { draft, failed } = await carryOutCalls(context, turn, workOf(steps), sandbox);
  const moved = draft === input.work.draft ? {} : { draft };
  const ask = async (reason: string, question: string): Promise<AnswerResult> => {
    await askPerson(db, fence, { turn: input.turn, reason, question });
    return { next: 'blocked', ...moved };
  };
  const count = (outcome: TurnOutcome, reply: string): Promise<AnswerResult> | AnswerResult => {
    const counted = countTurn(input.counts, outcome);
    if (counted.next === 'continue') return { next: 'continue', ...moved, counts: counted.counts };
    return counted.limit === 'turns'
      ? ask('too_many_turns', tooManyTurns())
      : ask('malformed', cannotUse(reply));
  };
  switch (ending.kind) {
    case 'submission': {
      const lacking = lackingSteps(steps, ending, failed);
      const valid = steps.filter((step) => !lacking.includes(step));
      const ifRefused = invalidSubmission(valid);
      return applySubmission(context, turn, ending.submission, draft, lacking.length > 0, ifRefused);
    }
    case 'question':
      return ask('question', ending.question);
    case 'stuck':
      return ask('refusal', refused(refusal, textOf(content)));
    // Counted, because each conversation of a task that leaves no room for an answer ends like this.
    case 'full':
    case 'paused':
      return count('idle', '');
    case 'continue':
      return count(withoutSubmission(steps), '');
    case 'malformed': {
      const { reply } = ending;
      await recordRefusal(db, fence, { ...input, path: null, reason: problemOf(reply), reply });
      return count(invalidSubmission(steps), reply);
    }
  }
}
