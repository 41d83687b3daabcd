/** Which answers each blocker allows. Pure: the command line, the server and the dashboard share it. */
import type { BlockerView } from './run-view.js';

/** Limit on the corrections that an answer can allow, as for a new run. A higher number is a typing error. */
export const MAX_CORRECTIONS = 100;

/**
 * Limit on the amount that an answer can add, and on the budget with it, in USD. A higher amount is a typing error, and the
 * database has seven digits before the decimal point.
 */
export const MAX_USD = 9_999_999;

/**
 * Limit on an answer as it is sent to the server, and on the body of every other request, in bytes: several times the length
 * of a long hint with code in it.
 */
export const MAX_BODY_BYTES = 64 * 1024;

/** Why a text is refused that PostgreSQL cannot store. */
export const NUL_REFUSED = 'it holds a NUL character, which cannot be stored: remove it';

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
