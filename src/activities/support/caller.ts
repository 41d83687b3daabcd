import type { Info } from '@temporalio/activity';
import { runId, taskId, type RunId, type TaskId } from '../../contract/ids.js';
import { runBranch, taskWorkflowId } from '../../contract/names.js';
import { CALLABLE } from '../index.js';

/** Whether the workflow that called an activity is the one of the run, or of the task, that its input names. Pure. */
export function isCalledByOwnWorkflow(
  {
    activityType,
    workflowExecution,
    workflowType,
  }: Pick<Info, 'activityType' | 'workflowExecution' | 'workflowType'>,
  input: unknown,
): boolean {
  const { run, task } = subjectOf(input);
  const id = workflowExecution?.workflowId;
  if (run === null || id === undefined) return false;
  switch (workflowType) {
    case 'projectRun':
      return id === runBranch(run) && CALLABLE.projectRun.includes(activityType);
    case 'taskRun':
      return task !== null && isWorkflowOf(id, run, task) && CALLABLE.taskRun.includes(activityType);
    default:
      return false;
  }
}

/** Whether it is the id of the task's first or a later workflow. */
function isWorkflowOf(id: string, run: RunId, task: TaskId): boolean {
  const first = taskWorkflowId(run, task, 1);
  return id === first || (id.startsWith(`${first}/`) && /^[1-9]\d*$/.test(id.slice(first.length + 1)));
}

function subjectOf(input: unknown): { readonly run: RunId | null; readonly task: TaskId | null } {
  if (typeof input !== 'object' || input === null) return { run: null, task: null };
  return {
    run: 'runId' in input ? parsed(input.runId, runId) : null,
    task: 'taskId' in input ? parsed(input.taskId, taskId) : null,
  };
}

function parsed<T>(value: unknown, parse: (text: string) => T): T | null {
  try {
    return typeof value === 'string' ? parse(value) : null;
  } catch {
    return null;
  }
}
