/** How an answer is typed. Pure. */
import type { BlockerView } from '../contract/contract.js';
import type { Choice } from '../db/blockers.js';
import {
  choicesFor,
  chosenAnswer,
  MOST_CORRECTIONS,
  type Asked,
  type ReadAnswer,
} from '../runs/control/answer-choice.js';
import { typedUsd } from './money.js';

/** The answer as it was typed. */
export interface TypedAnswer {
  readonly text?: string | undefined;
  readonly retry?: string;
  readonly accept?: boolean;
  readonly skip?: boolean;
  readonly addUsd?: string;
}

/**
 * Reads what was typed.
 * @throws UsageError with every problem that can be told without looking at the blocker
 */
export function readAnswer({ retry, addUsd, ...rest }: TypedAnswer): ReadAnswer {
  return chosenAnswer({
    ...rest,
    retry: retry === undefined ? undefined : typedCorrections(retry),
    addUsd: addUsd === undefined ? undefined : typedUsd(addUsd),
  });
}

function typedCorrections(text: string): number | null {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_CORRECTIONS ? count : null;
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
