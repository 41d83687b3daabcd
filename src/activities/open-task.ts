import { readBudget } from '../db/budget.js';
import { readTask } from '../db/task-record.js';
import { beginTurn, hasConversation } from '../db/turns.js';
import type { OpenedTask, OpenTaskInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeFence, requireNotPaused } from './support/fence.js';
import { findKnownVerdict } from './support/judge-commit.js';
import { tryRequest } from './try-test.js';

/**
 * Starts a task, and reads what its first message says of the start. The result is in the workflow's history, so that a
 * retry of the first turn sends the same message.
 */
export async function openTask(context: ActivityContext, input: OpenTaskInput): Promise<OpenedTask> {
  const fence = await takeFence(context, input);
  const task = await readTask(context.db, input.runId, input.taskId);
  requireNotPaused(task.run);
  // If the run or the task was stopped meanwhile, the first turn finds that out.
  const begun = (await beginTurn(context.db, fence, FIRST_TURN)) === 'begun';
  const budget = await readBudget(context.db, input.runId);
  const budgetLeftUsd = budget === null ? null : budget.budgetUsd - budget.spentUsd;
  if (!begun || !task.run.plan.tryFirst) return { budgetLeftUsd, testId: null, mustTry: false };
  const known = await findKnownVerdict(context, tryRequest(task, input));
  // A conversation that goes on after a person's answer has its first message.
  const mustTry = known === null && !(await hasConversation(context.db, input));
  return { budgetLeftUsd, testId: known?.id ?? null, mustTry };
}

const FIRST_TURN = 1;
