/** Which answers each blocker allows. Pure: the command line, the server and the dashboard share it. */
import type { BlockerView } from './run-view.js';

/** What a person can choose: a plain hint, or one of the options of `leadwright answer`. */
export type ChoiceKind = 'hint' | 'retry' | 'money' | 'accept' | 'skip';

/** The fields of a blocker that decide which answers it allows. */
export type BlockerSubject = Pick<BlockerView, 'taskId' | 'reason'>;

/** The choices that a blocker allows besides a hint. */
export function allowedChoices({ taskId, reason }: BlockerSubject): readonly ChoiceKind[] {
  if (taskId !== null) return ['retry', 'accept', 'skip'];
  switch (reason) {
    case 'verify':
      return ['accept'];
    case 'budget':
      return ['money'];
    default:
      return [];
  }
}

/** Those of them to offer by themselves, without a text. What a model refused, it mostly refuses again. */
export function offeredChoices(blocker: BlockerSubject): readonly ChoiceKind[] {
  const isRefusal = blocker.reason === 'refusal';
  return allowedChoices(blocker).filter(
    (kind) => !needsText(blocker, kind) && !(isRefusal && kind === 'retry'),
  );
}

/**
 * Whether a choice says nothing without a text: an empty hint, money where money is not what is missing, or more corrections
 * for an agent that asks.
 */
export function needsText({ taskId, reason }: BlockerSubject, kind: ChoiceKind): boolean {
  switch (kind) {
    case 'hint':
    case 'money':
      // A spent budget needs an amount, whatever the text says.
      return taskId !== null || reason !== 'budget';
    case 'retry':
      return taskId !== null && reason === 'question';
    case 'accept':
    case 'skip':
      return false;
  }
}
