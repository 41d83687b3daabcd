/** What a person may answer to which blocker. Pure. */
import { allowedChoices } from '../../contract/answer-choices.js';
import type { Answer, Choice, FoundBlocker } from '../../db/blockers.js';
import { UsageError, type Problem } from '../../contract/errors.js';

/** An answer as it was given, its numbers read; null where one could not be. */
export interface GivenAnswer {
  readonly text?: string | undefined;
  readonly retry?: number | null | undefined;
  readonly accept?: boolean | undefined;
  readonly skip?: boolean | undefined;
  readonly addUsd?: number | null | undefined;
}

/** The same, its values read, whatever blocker it is for. */
export interface ParsedAnswer {
  readonly choice: Choice;
  readonly text: string;
  readonly addUsd: number;
}

/** More corrections than any run may have from its start would be a slip. */
export const MAX_CORRECTIONS = 100;

/** The most that a person can add at once, in USD: more would be a slip. */
export const MAX_USD = 9_999_999;

/** What an amount of money has to be, for the person who gave another one. */
export const USD_EXPECTED = 'an amount of USD above 0, such as 5 or 0.50';

/**
 * Makes one answer of what was given.
 * @throws UsageError with every problem that can be told without looking at the blocker
 */
export function parseAnswer({ text = '', retry, accept, skip, addUsd }: GivenAnswer): ParsedAnswer {
  const chosen: Choice[] = [
    ...(retry === undefined ? [] : [{ kind: 'retry', corrections: retry ?? 0 } as const]),
    ...(accept === true ? [{ kind: 'accept' } as const] : []),
    ...(skip === true ? [{ kind: 'skip' } as const] : []),
  ];
  const problems = [
    ...(retry === null ? [problem('--retry', `expected a whole number from 1 to ${MAX_CORRECTIONS}`)] : []),
    ...(addUsd === null ? [problem('--add-usd', `expected ${USD_EXPECTED}`)] : []),
    ...(chosen.length > 1
      ? [problem(chosen.map(({ kind }) => `--${kind}`).join(', '), 'these exclude each other: give one')]
      : []),
  ];
  if (problems.length > 0) throw refusal('This is no answer:', problems);
  const addedUsd = addUsd ?? 0;
  const [choice = { kind: addedUsd > 0 && text === '' ? 'money' : 'hint' }] = chosen;
  return { choice, text, addUsd: addedUsd };
}

/**
 * The answer, when it fits the blocker.
 * @throws UsageError with everything about it that does not
 */
export function requireFittingAnswer(blocker: FoundBlocker, read: ParsedAnswer, by: string): Answer {
  const problems = [...wrongChoice(blocker, read.choice), ...wrongMoney(blocker, read)];
  if (problems.length > 0) throw refusal(`This does not answer ${blocker.id}:`, problems);
  return { ...read, by };
}

function wrongChoice(blocker: FoundBlocker, { kind }: Choice): Problem[] {
  if (kind === 'hint' || kind === 'money' || allowedChoices(blocker).includes(kind)) return [];
  return [problem(`--${kind}`, WITHOUT[kind])];
}

const WITHOUT = {
  retry: 'the run asks, not a task: there is nothing to correct',
  accept: 'there is no work here that could be taken as it is',
  skip: 'the run asks, not a task: there is nothing to leave out',
} as const;

function wrongMoney({ reason, taskId, budgetUsd }: FoundBlocker, { addUsd }: ParsedAnswer): Problem[] {
  if (addUsd > 0) return budgetUsd === null ? [problem('--add-usd', 'the run has no budget')] : [];
  const needed = taskId === null && reason === 'budget';
  return needed ? [problem('--add-usd', 'is needed: the run’s money is spent')] : [];
}

function problem(path: string, message: string): Problem {
  return { line: null, path, message };
}

function refusal(message: string, problems: readonly Problem[]): UsageError {
  return new UsageError(message, problems);
}
