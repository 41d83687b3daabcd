/** What a task waits for, and whether its question is still open. Pure. */
import type { BlockerView, RunView, TaskView } from '../../contract/run-view.js';

/** The open questions of a run, by the task that asks; the run's own is at null. */
export type OpenQuestions = ReadonlyMap<string | null, string>;

export function questionsOf(open: readonly BlockerView[]): OpenQuestions {
  return new Map(open.map(({ taskId, question }) => [taskId, question]));
}

/** The error of a task that is blocked with its whole run: the database function block_task_on_run gives it. */
const BLOCKED_ON_RUN = 'The whole run waits for a person';

/**
 * What a task waits for whose question was answered: it stays blocked until its agent has read the answer. Null for others.
 */
export function answeredWords(
  { status: run }: Pick<RunView, 'status'>,
  { id, status, error }: Pick<TaskView, 'id' | 'status' | 'error'>,
  asked: OpenQuestions,
): string | null {
  if (status !== 'blocked' || asked.has(id)) return null;
  const ofRun = asked.get(null);
  // It waits for the question of the run and has none of its own.
  if (ofRun !== undefined && (error === BLOCKED_ON_RUN || error === ofRun)) return null;
  if (run === 'paused') return 'answered: goes on when the run is resumed';
  return ofRun === undefined
    ? 'answered: goes on next'
    : 'answered: goes on when the question of the run is answered';
}

/** A task's status in words, and its error or question, which is null when the question was answered. */
export function taskState(
  run: Pick<RunView, 'status'>,
  task: Pick<TaskView, 'id' | 'status' | 'error'>,
  asked: OpenQuestions,
): { readonly words: string; readonly error: string | null } {
  const answered = answeredWords(run, task, asked);
  return answered === null
    ? { words: task.status, error: task.error }
    : { words: `${task.status} (${answered})`, error: null };
}
