/** Which answers each blocker allows. Pure: the command line, the server and the page share it. */
import type { BlockerView } from './contract.js';

/** What a person can choose: a plain hint, or one of the options of `leadwright answer`. */
export type ChoiceKind = 'hint' | 'retry' | 'money' | 'accept' | 'skip';

/** What of a question decides how it can be answered. */
export type BlockerSubject = Pick<BlockerView, 'taskId' | 'reason'>;

/** Which choices a blocker leaves, besides a plain answer. */
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
