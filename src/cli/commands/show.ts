import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { describeConversations } from '../../agent/request/describe-conversations.js';
import { describeTurns } from '../../agent/answer/tool-calls.js';
import type { AttemptView, TurnView, VerdictView } from '../../contract/api.js';
import { listOpenBlockers } from '../../db/blockers.js';
import { readTaskWork } from '../../db/task-page.js';
import { readRun } from '../../db/task-record.js';
import { readVerifyOf } from '../../db/verdicts.js';
import type { ExitCode } from '../../contract/errors.js';
import type { RunView, TaskView } from '../../contract/run-view.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { asTerminalText } from '../../results/neutral-output.js';
import { changedLinesOf } from '../../runs/report/run-diff.js';
import { outputFilePath } from '../../sandbox/output-files.js';
import { formatShare } from '../../shared/words/conversation-words.js';
import { shortCommit } from '../../shared/words/format.js';
import { paint, styled, type Printable } from '../../shared/words/terminal-text.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult } from '../print/output.js';
import { printStop } from '../print/print-run.js';
import { handedInLines, indent, turnLines, type PrintedTurn } from '../print/print-turns.js';
import { completedLabel } from '../print/run-summary.js';
import { parseTaskId, requireRun, requireTask, withRun } from '../requested-run.js';
import type { Reader } from '../session/session.js';
import { questionsOf, taskState } from '../print/task-state.js';
import { withStore } from '../session/with-store.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, task: string | undefined, options: JsonOption) =>
    act((env) => {
      const taskId = task === undefined ? null : parseTaskId(task);
      return withRun(env, run, (id, reader) =>
        taskId === null ? showRun(reader, id, options) : showTask(reader, id, taskId, options),
      );
    }),
  );
  addExamples(command, 'leadwright show shop-k3x9pq', 'leadwright show shop-k3x9pq cart');
}

async function showRun(reader: Reader, id: RunId, options: JsonOption): Promise<ExitCode> {
  const view = await requireRun(reader, id);
  const failedVerify = view.verify === 'failed' ? await readVerifyOf(await reader.database(), id) : null;
  return printResult(options, { ...view, failedVerify }, async () => {
    const asked = questionsOf(await listOpenBlockers(reader.db, id));
    for (const task of view.tasks) {
      const { words, error } = taskState(view, task, asked);
      print(styled`${paint.bold(task.id)}  ${words}${completedLabel(view, task)}  ${task.title}`);
      if (task.output !== '') print(indent(task.output));
      if (error !== null) print(paint.red(indent(error)));
      print('');
    }
    verifyLines(failedVerify).forEach(print);
    printStop(view);
  });
}

/** What `verify` printed when it failed on the branch. */
function verifyLines(verdict: VerdictView | null): Printable[] {
  if (verdict === null) return [];
  const { command, summary, output } = verdict;
  return [
    paint.bold(paint.red(`verify failed on the branch (${command}): ${summary}`)),
    indent(asTerminalText(output)),
    '',
  ];
}

async function showTask(reader: Reader, id: RunId, task: TaskId, options: JsonOption): Promise<ExitCode> {
  const view = await requireRun(reader, id);
  const known = requireTask(view, task);
  const [{ attempts, cacheShare, ...work }, run, open] = await Promise.all([
    readTaskWork(reader.db, { runId: id, taskId: task }),
    readRun(reader.db, id),
    listOpenBlockers(reader.db, id),
  ]);
  const conversations = describeConversations(work.turns, attempts, run.plan.limits);
  const turns = await withDraftFiles(reader, describeTurns(work.turns));
  const failure = attempts.findLast(({ test }) => test?.passed === false);
  const lastFailure =
    failure === undefined
      ? null
      : { attempt: failure.number, ...failure.test, outputFile: outputFileOf(reader, id, failure) };
  return printResult(options, { ...known, cacheShare, conversations, turns, lastFailure }, () => {
    const { words, error } = taskState(view, known, questionsOf(open));
    print(styled`${paint.bold(known.title)}  ${words}${completedLabel(view, known)}`);
    if (cacheShare !== null)
      print(`${formatShare(cacheShare)} of the input tokens were read from the provider's cache`);
    turnLines(turns, conversations).forEach(print);
    handedInLines(attempts).forEach(print);
    // A later attempt of a completed task has passed.
    const isOver = known.status === 'completed' && failure !== attempts.at(-1);
    outcomeLines(view, known, attempts.at(-1)).forEach(print);
    if (lastFailure !== null && !isOver) {
      print(paint.bold(`\nLast failure (attempt ${lastFailure.attempt}): ${lastFailure.summary ?? ''}`));
      print(indent(asTerminalText(lastFailure.output ?? '')));
      if (lastFailure.outputFile !== null) print(`\nThe complete output: ${lastFailure.outputFile}`);
    }
    if (error !== null) print(paint.red(`\n${error}`));
  });
}

/** How a completed task ended: the test that it passed, and its commit on the branch. */
function outcomeLines(
  { runId, branch }: RunView,
  { id, status, commit, verdict }: TaskView,
  last: AttemptView | undefined,
): Printable[] {
  if (status !== 'completed') return [];
  const test = verdict === 'passed' ? (last?.test ?? null) : null;
  return [
    ...(test === null ? [] : ['', styled`${paint.green(`Tests passed (${test.command}):`)} ${test.summary}`]),
    ...(commit === null
      ? []
      : [`On ${branch} as ${shortCommit(commit)}. Its changes:  leadwright diff ${runId} ${id}`]),
  ];
}

/** Adds the files that each turn changed in the draft. */
async function withDraftFiles({ paths }: Reader, turns: readonly TurnView[]): Promise<PrintedTurn[]> {
  return withStore(paths, async (store) => {
    const described: PrintedTurn[] = [];
    for (const { draft, ...turn } of turns) {
      const files = draft === null ? null : await changedLinesOf(store, draft);
      described.push({ ...turn, draft: draft === null ? null : { ...draft, files } });
    }
    return described;
  });
}

/** The file with the complete output; null when it is not on this machine or has been deleted. */
function outputFileOf(reader: Reader, runId: RunId, { commit, test }: AttemptView): string | null {
  if (test === null) return null;
  const file = outputFilePath(reader.paths.outputs, { runId, commit, command: test.command });
  return existsSync(file) ? file : null;
}
