/** The summary of a run and its blockers, as lines for a person. Pure. */
import type { TaskStatus } from '../contract/run-status.js';
import type { BlockerView, RunView, TaskView } from '../contract/run-view.js';
import type { Budget } from '../db/budget.js';
import { EXIT, type ExitCode } from '../contract/errors.js';
import { commandsFor } from './answer-commands.js';
import { count, formatUsd } from '../shared/format.js';
import { userMachineFiles } from '../protection/user-machine-files.js';
import { waitingSentence } from '../shared/waiting-sentence.js';
import { paint, styled, type Printable } from '../shared/terminal-text.js';
import { plainLine } from './follow/plain-text.js';

const SIGNS: Record<TaskStatus, string> = {
  pending: '·',
  in_progress: '▸',
  completed: '✔',
  failed: '✘',
  blocked: '?',
  cancelled: '–',
  skipped: '–',
};

/** Summarizes a run: tasks, cost, branch, and open blockers. */
export function summaryOf(
  view: RunView,
  blockers: readonly OpenBlocker[],
  budget: Budget | null,
  now = Date.now(),
): Printable[] {
  const done = view.tasks.filter((task) => task.status === 'completed').length;
  return [
    styled`${paint.bold(view.runId)}  ${view.status}${verifyLabel(view)}  ${done} of ${view.tasks.length} tasks done`,
    ...waitingLines(view, now),
    ...machineLines(view),
    '',
    ...view.tasks.map((task) => {
      const error = task.error === null ? '' : styled`  ${paint.dim(plainLine(task.error))}`;
      const retries = task.corrections > 0 ? paint.dim(` (${count(task.corrections, 'correction')})`) : '';
      return styled`  ${SIGNS[task.status]} ${plainLine(task.title)}${acceptedLabel(view, task)}${retries}${error}`;
    }),
    '',
    `  ${count(view.usage.modelCalls, 'model call')}, ${view.usage.inputTokens + view.usage.outputTokens} tokens, ${formatUsd(view.usage.costUsd)}`,
    ...(budget === null ? [] : [`  ${budgetLine(budget)}`]),
    styled`  branch ${paint.bold(view.branch)} in ${view.repo}`,
    `  log:  git -C ${view.repo} log --stat ${view.branch}`,
    ...(blockers.length === 0 ? [] : ['', ...blockerLines(blockers)]),
  ];
}

/** Says that the branch does not pass the plan's `verify`, whatever the status. */
function verifyLabel({ verify }: RunView): Printable {
  return verify === 'failed' ? paint.red(', verify failed') : '';
}

/** Says that a person accepted work that no test has passed. */
function acceptedLabel({ accepted }: RunView, { id, verdict }: TaskView): Printable {
  if (!accepted.includes(id)) return '';
  switch (verdict) {
    case 'failed':
      return paint.red(' (accepted, tests failed)');
    case 'untested':
      return paint.yellow(' (accepted, untested)');
    case 'passed':
    case null:
      return '';
  }
}

/** What the run waits for, or one of its tasks, while the model gives no answer. */
function waitingLines({ waiting }: RunView, now: number): Printable[] {
  if (waiting === null) return [];
  const whose = waiting.taskId === null ? '' : `${waiting.taskId}: `;
  return [styled`  ${paint.yellow(`${whose}${waitingSentence(waiting, now)}`)}`];
}

/** Landed files that run on the user's machine: the first thing to look at. */
function machineLines({ tasks }: RunView): Printable[] {
  const files = userMachineFiles(tasks);
  return files.length === 0
    ? []
    : ['', styled`  ${paint.red('!')} runs on your machine: ${files.map(plainLine).join(', ')}`];
}

function budgetLine({ budgetUsd, spentUsd, reservedUsd }: Budget): string {
  const reserved = reservedUsd > 0 ? `, ${formatUsd(reservedUsd)} reserved` : '';
  return `${formatUsd(spentUsd)} of its budget of ${formatUsd(budgetUsd)} spent${reserved}`;
}

/** An open blocker, and how its notification by `on_blocker` went. */
export interface OpenBlocker extends BlockerView {
  /** Failed delivery attempts; 0 when it was delivered, was not attempted yet, or the plan has no `on_blocker`. */
  readonly failedNotifications: number;
}

/** Lists each blocker with the commands that answer it. */
export function blockerLines(blockers: readonly OpenBlocker[]): Printable[] {
  return blockers.flatMap((blocker) => {
    const commands = commandsFor(blocker);
    const width = Math.max(...commands.map(([command]) => command.length));
    return [
      styled`${paint.yellow('?')} ${blocker.taskId ?? 'the run'} (${blocker.reason}): ${plainLine(blocker.question)}`,
      ...commands.map(([command, does]) => styled`    ${command.padEnd(width)}  ${paint.dim(does)}`),
      ...(blocker.failedNotifications === 0
        ? []
        : [styled`    ${paint.red(undelivered(blocker.failedNotifications))}`]),
    ];
  });
}

function undelivered(tries: number): string {
  return `Could not deliver the blocker notification with on_blocker yet (${count(tries, 'try', 'tries')}): the worker's log has the reason`;
}

/** The exit code for a run's status. */
export function exitCodeOf(view: RunView, stop: StopCode): ExitCode {
  switch (view.status) {
    case 'completed':
      return EXIT.completed;
    case 'cancelled':
      return EXIT.cancelled;
    case 'running':
    case 'paused':
    case 'failed':
    case 'blocked':
      return stop === null ? EXIT.unfinished : EXIT.environment;
  }
}

/** Why the environment stopped a run before it began; null when it did not. */
export type StopCode = { readonly code: string; readonly reason: string } | null;
