import type { RunId, TaskId } from './ids.js';

/** The branch that a run writes in the user's repository; also the id of its workflow. */
export function branchOf(run: RunId): string {
  return `leadwright/${run}`;
}

/** The id of a task's workflow, its first, second, … */
export function taskWorkflowOf(run: RunId, task: TaskId, number: number): string {
  return `${branchOf(run)}/${task}${number === 1 ? '' : `/${number}`}`;
}
