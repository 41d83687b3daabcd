/** Which answers a question leaves, and how they are sent. Pure. */
import type { AnswerBody } from '../../contract/api.js';
import { choicesFor } from '../../runs/control/answer-choice.js';
import type { BlockerView } from '../../contract/contract.js';

export type AnswerKind = 'hint' | 'retry' | 'money' | 'accept' | 'skip';

/** A way to answer: what its button says, and what it does. */
export interface AnswerOption {
  readonly kind: AnswerKind;
  readonly button: string;
  readonly does: string;
}

/** What a person has typed and chosen. */
export interface Typed {
  readonly text: string;
  readonly corrections: number;
  readonly addUsd: number;
}

/** The buttons for a question; `hasBudget` when there is one to be raised. */
export function optionsFor(
  blocker: Pick<BlockerView, 'taskId' | 'reason'>,
  hasBudget: boolean,
): readonly AnswerOption[] {
  const kinds = new Set<AnswerKind>(choicesFor(blocker));
  if (hasBudget) kinds.add('money');
  // The run's money is spent: nothing but more of it lets it go on.
  if (blocker.taskId !== null || blocker.reason !== 'budget') kinds.add('hint');
  return ORDER.filter((kind) => kinds.has(kind)).map((kind) => ({ kind, ...wordsFor(blocker, kind) }));
}

const ORDER: readonly AnswerKind[] = ['hint', 'retry', 'money', 'accept', 'skip'];

function wordsFor(
  { taskId, reason }: Pick<BlockerView, 'taskId' | 'reason'>,
  kind: AnswerKind,
): Pick<AnswerOption, 'button' | 'does'> {
  switch (kind) {
    case 'hint':
      if (taskId === null) {
        return reason === 'verify'
          ? { button: 'Verify again', does: 'runs the check on the branch once more' }
          : { button: 'Go on', does: 'tries again, once you have mended what was wrong' };
      }
      return reason === 'question'
        ? { button: 'Send answer', does: 'tells the agent, which goes on in the same conversation' }
        : { button: 'Send hint', does: 'tells the agent, which goes on with its corrections counted anew' };
    case 'retry':
      return { button: 'Allow more attempts', does: 'lets the agent correct itself so many times more' };
    case 'money':
      return { button: 'Add money', does: 'raises the budget of the run' };
    case 'accept':
      return taskId === null
        ? { button: 'Accept the branch', does: 'takes the branch as it is, whatever the check says' }
        : {
            button: 'Accept as it is',
            does: 'takes its work untested; without any, the task counts as done',
          };
    case 'skip':
      return { button: 'Skip', does: 'leaves the task out, with all that needs it' };
  }
}

/** What is sent; a message instead, when something is missing. */
export function answerOf(
  kind: AnswerKind,
  reason: string,
  { text, corrections, addUsd }: Typed,
): AnswerBody | string {
  const words = text.trim() === '' ? {} : { text: text.trim() };
  switch (kind) {
    case 'hint':
      return reason === 'question' && text.trim() === '' ? 'Write the answer first.' : words;
    case 'retry':
      return Number.isInteger(corrections) && corrections >= 1
        ? { ...words, retry: corrections }
        : 'Say how many more attempts: 1 or more.';
    case 'money':
      return addUsd > 0 ? { ...words, addUsd } : 'Say how many dollars more.';
    case 'accept':
      return { ...words, accept: true };
    case 'skip':
      return { ...words, skip: true };
  }
}
