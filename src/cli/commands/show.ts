import { existsSync } from 'node:fs';
import type Anthropic from '@anthropic-ai/sdk';
import type { Command } from 'commander';
import { textOf } from '../../agent/interpret-answer.js';
import { describeTurns } from '../../agent/tool-calls.js';
import type { AttemptView, ToolCallView, TurnView } from '../../contract/api.js';
import { readTaskHistory } from '../../db/task-page.js';
import { UsageError, type ExitCode } from '../../contract/errors.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { asTerminalText } from '../../results/neutral-output.js';
import { outputFilePath } from '../../sandbox/output-files.js';
import { paint, styled } from '../../shared/terminal-text.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult } from '../output.js';
import { parseRunId, parseTaskId, requireRun } from '../requested-run.js';
import { withSession, type Session } from '../session.js';

export function declare(command: Command, act: Act): void {
  addJsonOption(command).action((run: string, task: string | undefined, options: JsonOption) =>
    act((env) => {
      const id = parseRunId(run);
      const taskId = task === undefined ? null : parseTaskId(task);
      return withSession(env, 'none', (session) =>
        taskId === null ? showRun(session, id, options) : showTask(session, id, taskId, options),
      );
    }),
  );
  addExamples(command, 'leadwright show shop-k3x9pq', 'leadwright show shop-k3x9pq cart');
}

async function showRun(session: Session, id: RunId, options: JsonOption): Promise<ExitCode> {
  const view = await requireRun(session, id);
  return printResult(options, view, () => {
    for (const task of view.tasks) {
      print(styled`${paint.bold(task.id)}  ${task.status}  ${task.title}`);
      if (task.output !== '') print(indent(task.output));
      if (task.error !== null) print(paint.red(indent(task.error)));
      print('');
    }
  });
}

async function showTask(session: Session, id: RunId, task: TaskId, options: JsonOption): Promise<ExitCode> {
  const view = await requireRun(session, id);
  const known = view.tasks.find((candidate) => candidate.id === task);
  const story = await readTaskHistory(session.db, { runId: id, taskId: task });
  if (known === undefined || story === null) throw new UsageError(`The run ${id} has no task ${task}`);
  const { turns, attempts } = story;
  const failure = attempts.findLast(({ test }) => test?.passed === false);
  const lastFailure =
    failure === undefined
      ? null
      : { attempt: failure.number, ...failure.test, outputFile: outputFileOf(session, id, failure) };
  return printResult(options, { ...known, turns, lastFailure }, () => {
    print(styled`${paint.bold(known.title)}  ${known.status}`);
    for (const turn of describeTurns(turns)) showTurn(turn);
    if (lastFailure !== null) {
      print(paint.bold(`\nLast failure (attempt ${lastFailure.attempt}): ${lastFailure.summary ?? ''}`));
      print(indent(asTerminalText(lastFailure.output ?? '')));
      if (lastFailure.outputFile !== null) print(`\nThe complete output: ${lastFailure.outputFile}`);
    }
    if (known.error !== null) print(paint.red(`\n${known.error}`));
  });
}

/** The file with the complete output; null when it is not on this machine or has been deleted. */
function outputFileOf(session: Session, runId: RunId, { commit, test }: AttemptView): string | null {
  if (test === null) return null;
  const file = outputFilePath(session.paths.outputs, { runId, commit, command: test.command });
  return existsSync(file) ? file : null;
}

function showTurn(turn: TurnView): void {
  print(paint.bold(`\n── turn ${turn.number}, attempt ${turn.attempt}`));
  const prompt = promptText(turn.prompt);
  if (prompt !== '') print(indent(prompt));
  print(paint.bold('── the model'));
  const text = textOf(turn.answer);
  if (text !== '') print(indent(text));
  for (const block of turn.answer) {
    if (block.type !== 'tool_use') continue;
    const call = turn.toolCalls.find(({ id }) => id === block.id);
    print(indent(describeCall(block, call)));
  }
}

/** One line for read and run tools; the complete input for tools whose input is the work itself. */
function describeCall({ name, input }: Anthropic.ToolUseBlock, call: ToolCallView | undefined): string {
  switch (call?.effect) {
    case 'read':
    case 'run':
      return `${name} ${call.label}`.trim();
    case 'change':
    case 'submit':
    case 'ask':
    case null:
    case undefined:
      return `${name} ${JSON.stringify(input, null, 2)}`;
  }
}

function promptText(prompt: Anthropic.MessageParam['content']): string {
  if (typeof prompt === 'string') return prompt;
  return prompt
    .map((block) => {
      if (block.type === 'text') return block.text;
      if (block.type !== 'tool_result') return `(${block.type})`;
      return typeof block.content === 'string' ? block.content : '(content)';
    })
    .join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
