/** What a person reads at a run's end. Pure. */
import pc from 'picocolors';
import type { BlockerView, RunView, TaskStatus } from '../contract.js';
import { EXIT, type ExitCode } from '../errors.js';
import { formatUsd } from './follow/format.js';
import { plainLine } from './follow/text.js';

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
export function summaryOf(view: RunView, blockers: readonly BlockerView[]): string[] {
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
    `  branch ${pc.bold(view.branch)} in ${view.repo}`,
    `  look:  git -C ${view.repo} log --stat ${view.branch}`,
    ...(blockers.length === 0 ? [] : ['', ...blockerLines(blockers)]),
  ];
}

/** Questions to a person, each with the command that answers it. */
export function blockerLines(blockers: readonly BlockerView[]): string[] {
  return blockers.flatMap((blocker) => [
    `${pc.yellow('?')} ${blocker.taskId ?? 'the run'} (${blocker.reason}): ${plainLine(blocker.question)}`,
    `    leadwright answer ${blocker.id} "your answer"`,
  ]);
}

export function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
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
