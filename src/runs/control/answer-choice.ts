/** Parses a person's answer and checks that it fits its blocker. Pure. */
import { allowedChoices, MAX_CORRECTIONS, MAX_USD, needsText } from '../../contract/answer-choices.js';
import type { Answer, Choice, FoundBlocker } from '../../db/blockers.js';
import { UsageError, type Problem } from '../../contract/errors.js';
import { formatUsd } from '../../shared/words/format.js';

/** An answer as a person gave it. A number that could not be parsed is null. */
export interface GivenAnswer {
  readonly text?: string | undefined;
  readonly retry?: number | null | undefined;
  readonly accept?: boolean | undefined;
  readonly skip?: boolean | undefined;
  /** The name of a commit. */
  readonly commit?: string | undefined;
  readonly addUsd?: number | null | undefined;
}

/** A choice as it is given: a commit by its name only. */
export type GivenChoice = PlainChoice | { readonly kind: 'commit'; readonly name: string };
type PlainChoice = Exclude<Choice, { readonly kind: 'commit' }>;

/** A parsed answer, not yet checked against its blocker. */
export interface ParsedAnswer<Chosen = GivenChoice> {
  readonly choice: Chosen;
  readonly text: string;
  readonly addUsd: number;
}

/** Corrections of a task of a new run: a model that fails four times in a row needs a person. */
export const DEFAULT_CORRECTIONS = 3;

/** The expected form of an amount, for error messages. */
export const USD_EXPECTED = 'an amount of USD above 0, such as 5 or 0.50';

/**
 * Parses an answer.
 * @throws UsageError with every problem that does not depend on the blocker
 */
export function parseAnswer(given: GivenAnswer & { readonly commit?: undefined }): ParsedAnswer<PlainChoice>;
export function parseAnswer(given: GivenAnswer): ParsedAnswer;
export function parseAnswer({ retry, accept, skip, commit, addUsd, ...given }: GivenAnswer): ParsedAnswer {
  // Spaces say nothing.
  const text = given.text?.trim() ?? '';
  const chosen: GivenChoice[] = [
    ...(retry === undefined ? [] : [{ kind: 'retry', corrections: retry ?? 0 } as const]),
    ...(accept === true ? [{ kind: 'accept' } as const] : []),
    ...(skip === true ? [{ kind: 'skip' } as const] : []),
    ...(commit === undefined ? [] : [{ kind: 'commit', name: commit } as const]),
  ];
  const problems = [
    ...(retry === null ? [problem('--retry', `expected a whole number from 1 to ${MAX_CORRECTIONS}`)] : []),
    ...(addUsd === null ? [problem('--add-usd', `expected ${USD_EXPECTED}`)] : []),
    ...(chosen.length > 1
      ? [
          problem(
            chosen.map(({ kind }) => `--${kind}`).join(', '),
            'these options exclude each other: give only one',
          ),
        ]
      : []),
  ];
  if (problems.length > 0) throw usageError('Invalid answer:', problems);
  const addedUsd = addUsd ?? 0;
  const [choice = { kind: addedUsd > 0 && text === '' ? 'money' : 'hint' }] = chosen;
  return { choice, text, addUsd: addedUsd };
}

/**
 * Checks that an answer fits its blocker, and returns it.
 * @throws UsageError with everything that does not fit
 */
export function requireFittingAnswer<Chosen extends GivenChoice>(
  blocker: FoundBlocker,
  parsed: ParsedAnswer<Chosen>,
  by: string,
): ParsedAnswer<Chosen> & Pick<Answer, 'by'> {
  requireFit(blocker, parsed);
  return { ...parsed, by };
}

/** Checks that an answer fits its blocker. @throws UsageError with everything that does not fit */
export function requireFit(blocker: FoundBlocker, parsed: ParsedAnswer): void {
  const problems = problemsOf(blocker, parsed);
  if (problems.length > 0) throw usageError(`The answer does not fit the blocker ${blocker.id}:`, problems);
}

/** Lists what does not fit the blocker; empty when the answer fits. */
export function problemsOf(blocker: FoundBlocker, parsed: ParsedAnswer): Problem[] {
  return [
    ...checkChoice(blocker, parsed.choice),
    ...checkAmount(blocker, parsed),
    ...checkText(blocker, parsed),
  ];
}

/** An agent reads the text; about the run, it tells the record what was fixed. */
function checkText(blocker: FoundBlocker, { choice, text }: ParsedAnswer): Problem[] {
  if (text !== '' || choice.kind === 'commit' || !needsText(blocker, choice.kind)) return [];
  return [problem('text', whyText(blocker, choice.kind))];
}

function whyText({ taskId, reason }: FoundBlocker, kind: GivenChoice['kind']): string {
  if (kind === 'hint')
    return 'an empty answer says nothing: write one (about the run, "fixed" is enough), or choose an option';
  if (taskId === null) return 'more money alone does not answer this: write "fixed" too, or choose an option';
  if (reason === 'question') return 'an agent asks, and this answers no question: write the answer too';
  return 'more money alone does not answer this: write a hint too, or choose an option';
}

function checkChoice(blocker: FoundBlocker, { kind }: GivenChoice): Problem[] {
  if (kind === 'commit') return blocker.taskId === null ? [problem('--commit', NOT_ALLOWED.commit)] : [];
  if (kind === 'hint' || kind === 'money' || allowedChoices(blocker).includes(kind)) return [];
  return [problem(`--${kind}`, NOT_ALLOWED[kind])];
}

/** Why a choice does not fit a blocker. */
const NOT_ALLOWED = {
  retry: 'the blocker is about the run, not a task, so there is nothing to correct',
  accept: 'there is no work that could be accepted',
  skip: 'the blocker is about the run, not a task, so there is nothing to skip',
  commit: 'the blocker is about the run, not a task, so no work is handed in',
} as const;

function checkAmount({ reason, taskId, budgetUsd }: FoundBlocker, { addUsd }: ParsedAnswer): Problem[] {
  if (addUsd > 0) return checkRaise(budgetUsd, addUsd);
  const required = taskId === null && reason === 'budget';
  return required
    ? [problem('--add-usd', 'is required: the run’s budget does not cover the next model call')]
    : [];
}

function checkRaise(budgetUsd: number | null, addUsd: number): Problem[] {
  if (budgetUsd === null) return [problem('--add-usd', 'the run has no budget')];
  if (budgetUsd + addUsd <= MAX_USD) return [];
  const message = `a budget cannot be above ${formatUsd(MAX_USD)}, and this one is ${formatUsd(budgetUsd)}: add less`;
  return [problem('--add-usd', message)];
}

function problem(path: string, message: string): Problem {
  return { line: null, path, message };
}

function usageError(message: string, problems: readonly Problem[]): UsageError {
  return new UsageError(message, problems);
}
