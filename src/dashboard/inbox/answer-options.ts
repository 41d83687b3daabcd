/** The possible answers to a question, as buttons and as request bodies. Pure. */
import type { AnswerBody } from '../../contract/api.js';
import { allowedChoices, type ChoiceKind } from '../../contract/answer-choices.js';
import type { BlockerView } from '../../contract/run-view.js';

/** One possible answer. */
export interface AnswerOption {
  readonly kind: ChoiceKind;
  /** The label of its button. */
  readonly button: string;
  /** What it does, as a sentence without a subject. */
  readonly effect: string;
}

/** The values of the form. */
export interface AnswerInput {
  readonly text: string;
  readonly corrections: number;
  readonly addUsd: number;
}

/** The answers to a question in display order. @param hasBudget whether the run has a budget that can be raised */
export function listAnswerOptions(
  blocker: Pick<BlockerView, 'taskId' | 'reason'>,
  hasBudget: boolean,
): readonly AnswerOption[] {
  const kinds = new Set<ChoiceKind>(allowedChoices(blocker));
  if (hasBudget) kinds.add('money');
  // When the run's budget is spent, only a higher budget lets it continue.
  if (blocker.taskId !== null || blocker.reason !== 'budget') kinds.add('hint');
  return ORDER.filter((kind) => kinds.has(kind)).map((kind) => ({ kind, ...describeAnswer(blocker, kind) }));
}

const ORDER: readonly ChoiceKind[] = ['hint', 'retry', 'money', 'accept', 'skip'];

function describeAnswer(
  { taskId, reason }: Pick<BlockerView, 'taskId' | 'reason'>,
  kind: ChoiceKind,
): Pick<AnswerOption, 'button' | 'effect'> {
  switch (kind) {
    case 'hint':
      if (taskId === null) {
        return reason === 'verify'
          ? { button: 'Verify again', effect: 'runs the check on the branch again' }
          : { button: 'Try again', effect: 'tries again; fix the problem first' };
      }
      return reason === 'question'
        ? { button: 'Send answer', effect: 'sends the answer to the agent, which continues its conversation' }
        : { button: 'Send hint', effect: 'sends the hint to the agent and resets its count of corrections' };
    case 'retry':
      return { button: 'Allow more attempts', effect: 'allows the agent that many more corrections' };
    case 'money':
      return { button: 'Raise the budget', effect: 'adds that amount to the budget of the run' };
    case 'accept':
      return taskId === null
        ? { button: 'Accept the branch', effect: 'accepts the branch as it is, whatever the check says' }
        : {
            button: 'Accept as it is',
            effect: 'accepts its work untested; a task without any work counts as completed',
          };
    case 'skip':
      return { button: 'Skip', effect: 'skips the task and all tasks that depend on it' };
  }
}

/** The request body, or an error message when the form is incomplete. */
export function buildAnswer(
  kind: ChoiceKind,
  reason: string,
  { text, corrections, addUsd }: AnswerInput,
): AnswerBody | string {
  const hint = text.trim() === '' ? {} : { text: text.trim() };
  switch (kind) {
    case 'hint':
      return reason === 'question' && text.trim() === '' ? 'Write the answer first.' : hint;
    case 'retry':
      return Number.isInteger(corrections) && corrections >= 1
        ? { ...hint, retry: corrections }
        : 'Enter the number of further attempts: 1 or more.';
    case 'money':
      return addUsd > 0 ? { ...hint, addUsd } : 'Enter the amount in dollars: more than 0.';
    case 'accept':
      return { ...hint, accept: true };
    case 'skip':
      return { ...hint, skip: true };
  }
}
