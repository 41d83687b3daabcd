/** Parses the options of `leadwright answer`, and lists the commands that answer a blocker. Pure. */
import {
  MAX_CORRECTIONS,
  offeredChoices,
  type BlockerSubject,
  type ChoiceKind,
} from '../../contract/answer-choices.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import type { BlockerView } from '../../contract/run-view.js';
import { parseAnswer, type ParsedAnswer } from '../../runs/control/answer-choice.js';
import { parseUsd } from '../option-values.js';

/** The options of `answer`, as they were typed. */
export interface TypedAnswer {
  readonly text?: string | undefined;
  readonly retry?: string;
  readonly accept?: boolean;
  readonly skip?: boolean;
  readonly commit?: string;
  readonly addUsd?: string;
}

/**
 * Parses the options.
 * @throws UsageError with every problem that can be found without the blocker
 */
export function readAnswer({ retry, addUsd, ...rest }: TypedAnswer): ParsedAnswer {
  return parseAnswer({
    ...rest,
    retry: retry === undefined ? undefined : parseCorrections(retry),
    addUsd: addUsd === undefined ? undefined : parseUsd(addUsd),
  });
}

function parseCorrections(text: string): number | null {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MAX_CORRECTIONS ? count : null;
}

/** Lists the commands that answer a blocker, and what each does. */
export function commandsFor(
  blocker: BlockerSubject & Pick<BlockerView, 'id' | 'runId'>,
): [command: string, does: string][] {
  const command = `leadwright answer ${blocker.id}`;
  return [
    ...plainAnswers(blocker).map(([words, does]): [string, string] => [`${command}${words}`, does]),
    ...offeredChoices(blocker).map((kind): [string, string] => [
      `${command} ${optionOf(kind)}`,
      effectOf(blocker, kind),
    ]),
    ...(blocker.taskId === null ? [] : [handIn(blocker.runId, blocker.taskId, command)]),
  ];
}

/** A person's own commit; `checkout` gives them the files to start from. */
function handIn(runId: RunId, taskId: TaskId, command: string): [command: string, does: string] {
  return [
    `${command} --commit REV`,
    `takes your own commit instead (to make one:  leadwright checkout ${runId} ${taskId} DIR)`,
  ];
}

function plainAnswers({ taskId, reason }: BlockerSubject): [words: string, does: string][] {
  if (taskId !== null) {
    return [[' "TEXT"', reason === 'question' ? 'answers the agent' : 'gives the agent a hint']];
  }
  switch (reason) {
    case 'budget':
      return [];
    case 'verify':
      return [[' "verify again"', 'verifies the branch again']];
    default:
      return [[' "fixed"', 'continues, once you have fixed the cause']];
  }
}

function optionOf(kind: ChoiceKind): string {
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

function effectOf({ taskId }: BlockerSubject, kind: ChoiceKind): string {
  switch (kind) {
    case 'retry':
      return 'allows three more corrections';
    case 'accept':
      return taskId === null
        ? 'accepts the branch as it is'
        : 'accepts its work as it is; without any, the task counts as completed';
    case 'skip':
      return 'skips it, and every task that depends on it';
    case 'money':
      return 'raises the budget';
    case 'hint':
      return 'answers the agent';
  }
}
