/** What a person may answer to which blocker, and how that is typed. Pure. */
import type { BlockerView } from '../contract.js';
import type { Answer, Choice, FoundBlocker } from '../db/blockers.js';
import { UsageError, type Problem } from '../errors.js';
import { typedUsd, USD_EXPECTED } from './money.js';

/** The answer as it was typed. */
export interface TypedAnswer {
  readonly text?: string | undefined;
  readonly retry?: string;
  readonly accept?: boolean;
  readonly skip?: boolean;
  readonly addUsd?: string;
}

/** The same, its values read, whatever blocker it is for. */
export interface ReadAnswer {
  readonly choice: Choice;
  readonly text: string;
  readonly addUsd: number;
}

/** More corrections than any run may have from its start would be a slip. */
const MOST_CORRECTIONS = 100;

/**
 * Reads what was typed.
 * @throws UsageError with every problem that can be told without looking at the blocker
 */
export function readAnswer({ text = '', retry, accept, skip, addUsd }: TypedAnswer): ReadAnswer {
  const corrections = retry === undefined ? 0 : typedCorrections(retry);
  const usd = addUsd === undefined ? 0 : typedUsd(addUsd);
  const chosen: Choice[] = [
    ...(retry === undefined ? [] : [{ kind: 'retry', corrections: corrections ?? 0 } as const]),
    ...(accept === true ? [{ kind: 'accept' } as const] : []),
    ...(skip === true ? [{ kind: 'skip' } as const] : []),
  ];
  const problems = [
    ...(corrections === null
      ? [problem('--retry', `expected a whole number from 1 to ${MOST_CORRECTIONS}`)]
      : []),
    ...(usd === null ? [problem('--add-usd', `expected ${USD_EXPECTED}`)] : []),
    ...(chosen.length > 1
      ? [problem(chosen.map(({ kind }) => `--${kind}`).join(', '), 'these exclude each other: give one')]
      : []),
  ];
  if (problems.length > 0) throw refusal('This is no answer:', problems);
  const addedUsd = usd ?? 0;
  const [choice = { kind: addedUsd > 0 && text === '' ? 'money' : 'hint' }] = chosen;
  return { choice, text, addUsd: addedUsd };
}

function typedCorrections(text: string): number | null {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_CORRECTIONS ? count : null;
}

type Asked = Pick<BlockerView, 'taskId' | 'reason'>;

/** Which choices a blocker leaves, besides a plain answer. */
export function choicesFor({ taskId, reason }: Asked): readonly Choice['kind'][] {
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

/**
 * The answer, when it fits the blocker.
 * @throws UsageError with everything about it that does not
 */
export function fittingAnswer(blocker: FoundBlocker, read: ReadAnswer, by: string): Answer {
  const problems = [...wrongChoice(blocker, read.choice), ...wrongMoney(blocker, read)];
  if (problems.length > 0) throw refusal(`This does not answer ${blocker.id}:`, problems);
  return { ...read, by };
}

function wrongChoice(blocker: FoundBlocker, { kind }: Choice): Problem[] {
  if (kind === 'hint' || kind === 'money' || choicesFor(blocker).includes(kind)) return [];
  return [problem(`--${kind}`, WITHOUT[kind])];
}

const WITHOUT = {
  retry: 'the run asks, not a task: there is nothing to correct',
  accept: 'there is no work here that could be taken as it is',
  skip: 'the run asks, not a task: there is nothing to leave out',
} as const;

function wrongMoney({ reason, taskId, budgetUsd }: FoundBlocker, { addUsd }: ReadAnswer): Problem[] {
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

/** How a blocker can be answered: each command, and what it does. */
export function commandsFor(blocker: Asked & Pick<BlockerView, 'id'>): [command: string, does: string][] {
  const command = `leadwright answer ${blocker.id}`;
  return [
    ...plain(blocker).map(([words, does]): [string, string] => [`${command}${words}`, does]),
    ...choicesFor(blocker).map((kind): [string, string] => [
      `${command} ${typed(kind)}`,
      does(blocker, kind),
    ]),
  ];
}

function plain({ taskId, reason }: Asked): [words: string, does: string][] {
  if (taskId !== null) {
    return [[' "TEXT"', reason === 'question' ? 'answers the agent' : 'gives the agent a hint']];
  }
  switch (reason) {
    case 'budget':
      return [];
    case 'verify':
      return [['', 'verifies the branch again']];
    default:
      return [['', 'goes on, once that is mended']];
  }
}

function typed(kind: Choice['kind']): string {
  switch (kind) {
    case 'retry':
      return '--retry 3';
    case 'money':
      return '--add-usd 5';
    case 'hint':
    case 'accept':
    case 'skip':
      return `--${kind}`;
  }
}

function does({ taskId }: Asked, kind: Choice['kind']): string {
  switch (kind) {
    case 'retry':
      return 'allows three more corrections';
    case 'accept':
      return taskId === null ? 'takes the branch as it is' : 'takes its work as it is';
    case 'skip':
      return 'leaves it out, with all that needs it';
    case 'money':
      return 'raises the budget';
    case 'hint':
      return 'answers the agent';
  }
}
