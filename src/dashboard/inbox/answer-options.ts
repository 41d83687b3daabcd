/** The possible answers to a question, as buttons and as request bodies. Pure. */
import type { AnswerBody } from '../../contract/api.js';
import {
  MAX_BODY_BYTES,
  MAX_CORRECTIONS,
  MAX_USD,
  needsText,
  NUL_REFUSED,
  offeredChoices,
  type ChoiceKind,
} from '../../contract/answer-choices.js';
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

/** What decides which answers apply, beside the question itself. */
export interface AnswerContext {
  /** Whether the run has a budget that can be raised. */
  readonly hasBudget: boolean;
  /** Whether the task has work that could be accepted. */
  readonly hasWork: boolean;
}

/** The answers that apply to a question, in display order. */
export function listAnswerOptions(
  blocker: Subject,
  { hasBudget, hasWork }: AnswerContext,
): readonly AnswerOption[] {
  const kinds = new Set<ChoiceKind>(offeredChoices(blocker));
  if (!hasBudget) kinds.delete('money');
  // When the run's budget is spent, only a higher budget lets it continue.
  if (blocker.taskId !== null || blocker.reason !== 'budget') kinds.add('hint');
  return ORDER.filter((kind) => kinds.has(kind)).map((kind) => ({
    kind,
    ...describeAnswer(blocker, kind, hasWork),
  }));
}

type Subject = Pick<BlockerView, 'taskId' | 'reason'>;

/** Whether "more attempts" answers a question, so that many can be answered with it at once. */
export function takesRetry(blocker: Subject): boolean {
  return offeredChoices(blocker).includes('retry');
}

export function takesSkip(blocker: Subject): boolean {
  return offeredChoices(blocker).includes('skip');
}

const ORDER: readonly ChoiceKind[] = ['hint', 'retry', 'money', 'accept', 'skip'];

function describeAnswer(
  { taskId, reason }: Subject,
  kind: ChoiceKind,
  hasWork: boolean,
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
      if (taskId === null)
        return {
          button: 'Accept the branch',
          effect: 'accepts the branch as it is, whatever the check says',
        };
      return hasWork
        ? { button: 'Accept as it is', effect: 'lands its work as it is, whatever its tests say' }
        : {
            button: 'Complete without work',
            effect: 'counts the task as completed although it has changed nothing',
          };
    case 'skip':
      return { button: 'Skip …', effect: 'skips the task and all tasks that depend on it' };
  }
}

/** What is wrong with a number of further attempts, which an empty field does not have; null when it is right. */
export function correctionsProblem(corrections: number | null): string | null {
  return Number.isInteger(corrections) && Number(corrections) >= 1 && Number(corrections) <= MAX_CORRECTIONS
    ? null
    : `Enter the number of further attempts: a whole number from 1 to ${MAX_CORRECTIONS}.`;
}

/** The request body, or an error message when the form is incomplete or its text too long. */
export function buildAnswer(kind: ChoiceKind, blocker: Subject, input: AnswerInput): AnswerBody | string {
  const answer = readForm(kind, blocker, input);
  const bytes = new TextEncoder().encode(JSON.stringify(answer)).length;
  return bytes <= MAX_BODY_BYTES
    ? answer
    : `The text is too long: it has ${Math.ceil(bytes / KIB)} KiB, and an answer can have ${MAX_BODY_BYTES / KIB} KiB. Shorten it.`;
}

const KIB = 1024;

function readForm(
  kind: ChoiceKind,
  blocker: Subject,
  { text, corrections, addUsd }: AnswerInput,
): AnswerBody | string {
  const typed = text.trim();
  if (typed.includes('\0')) return `The text is refused: ${NUL_REFUSED}.`;
  // About the run, a button such as "Try again" says it all.
  const isSaid = typed === '' && kind === 'hint' && blocker.taskId === null;
  const said = isSaid ? describeAnswer(blocker, kind, false).button : typed;
  const hint = said === '' ? {} : { text: said };
  if (said === '' && needsText(blocker, kind))
    return blocker.reason === 'question' ? 'Write the answer first.' : 'Write the hint first.';
  switch (kind) {
    case 'hint':
      return hint;
    case 'retry':
      return correctionsProblem(corrections) ?? { ...hint, retry: corrections };
    case 'money':
      return addUsd > 0 && addUsd <= MAX_USD
        ? { ...hint, addUsd }
        : `Enter the amount in dollars: more than 0, and at most ${MAX_USD}.`;
    case 'accept':
      return { ...hint, accept: true };
    case 'skip':
      return { ...hint, skip: true };
  }
}
