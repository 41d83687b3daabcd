import type { RunId, TaskId } from './ids.js';

/** The plan at a repository's root, and its JSON Schema for editors; `leadwright init` writes both. */
export const PLAN_FILE = 'leadwright.yaml';
export const PLAN_SCHEMA_FILE = 'leadwright.schema.json';

/** The branch that a run writes in the user's repository; also the id of its workflow. */
export function runBranch(run: RunId): string {
  return `leadwright/${run}`;
}

/** The id of a task's workflow. @param number 1 for the task's first workflow */
export function taskWorkflowId(run: RunId, task: TaskId, number: number): string {
  return `${runBranch(run)}/${task}${number === 1 ? '' : `/${number}`}`;
}
