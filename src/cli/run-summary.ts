/** What a person reads at a run's end. Pure. */
import pc from 'picocolors';
import type { BlockerView, RunView, TaskStatus } from '../contract/contract.js';
import type { Budget } from '../db/budget.js';
import { EXIT, type ExitCode } from '../contract/errors.js';
import { commandsFor } from './answer-commands.js';
import { count, formatUsd } from '../shared/format.js';
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

/** A run as lines: its tasks, what it cost, where its result is, what it asks. */
export function summaryOf(view: RunView, blockers: readonly OpenBlocker[], budget: Budget | null): string[] {
  const done = view.tasks.filter((task) => task.status === 'completed').length;
  return [
    `${pc.bold(view.runId)}  ${view.status}  ${done} of ${view.tasks.length} tasks done`,
    '',
    ...view.tasks.map((task) => {
      const error = task.error === null ? '' : `  ${pc.dim(plainLine(task.error))}`;
      const retries = task.corrections > 0 ? pc.dim(` (${count(task.corrections, 'correction')})`) : '';
      return `  ${SIGNS[task.status]} ${plainLine(task.title)}${retries}${error}`;
    }),
    '',
    `  ${count(view.usage.modelCalls, 'model call')}, ${view.usage.inputTokens + view.usage.outputTokens} tokens, ${formatUsd(view.usage.costUsd)}`,
    ...(budget === null ? [] : [`  ${budgetLine(budget)}`]),
    `  branch ${pc.bold(view.branch)} in ${view.repo}`,
    `  look:  git -C ${view.repo} log --stat ${view.branch}`,
    ...(blockers.length === 0 ? [] : ['', ...blockerLines(blockers)]),
  ];
}

function budgetLine({ budgetUsd, spentUsd, reservedUsd }: Budget): string {
  const reserved = reservedUsd > 0 ? `, ${formatUsd(reservedUsd)} set aside` : '';
  return `${formatUsd(spentUsd)} of its budget of ${formatUsd(budgetUsd)} spent${reserved}`;
}

/** An open question, and how telling a person of it by `on_blocker` went. */
export interface OpenBlocker extends BlockerView {
  /** Tries that did not reach anybody; 0 when somebody was told, nothing is to be told, or it was not tried yet. */
  readonly failedTellings: number;
}

/** Questions to a person, each with the commands that answer it. */
export function blockerLines(blockers: readonly OpenBlocker[]): string[] {
  return blockers.flatMap((blocker) => {
    const commands = commandsFor(blocker);
    const width = Math.max(...commands.map(([command]) => command.length));
    return [
      `${pc.yellow('?')} ${blocker.taskId ?? 'the run'} (${blocker.reason}): ${plainLine(blocker.question)}`,
      ...commands.map(([command, does]) => `    ${command.padEnd(width)}  ${pc.dim(does)}`),
      ...(blocker.failedTellings === 0 ? [] : [`    ${pc.red(untold(blocker.failedTellings))}`]),
    ];
  });
}

function untold(tries: number): string {
  return `on_blocker could not tell anybody of this yet (${count(tries, 'try', 'tries')}): the worker's log says why`;
}

/** The exit code that a run's state asks for (contract, section 1). */
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
