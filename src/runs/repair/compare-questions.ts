/** Finds tasks that wait for an answer although their question is missing from the record, so nobody can answer it. */
import { lostQuestion } from '../../agent/answer/questions.js';
import { askAgain } from '../../db/blockers.js';
import { selectLostQuestions } from '../../db/sql/repair.js';
import type { RowOf } from '../../db/sql/statement.js';
import type { Difference, RepairContext } from './difference.js';

type WaitingTask = RowOf<typeof selectLostQuestions>;

/** Finds all tasks whose question is missing. */
export async function compareQuestions(context: RepairContext): Promise<Difference[]> {
  const rows = await selectLostQuestions(context.db.pool);
  return rows.map((task) => ({
    run: task.runId,
    kind: 'repairable',
    description: `The task ${task.taskId} of the run ${task.runId} waits for an answer, but its question is missing.`,
    apply: () => repeatQuestion(context, task),
  }));
}

async function repeatQuestion(
  context: RepairContext,
  { runId, taskId, error }: WaitingTask,
): Promise<string> {
  const question = lostQuestion(error ?? 'nothing.');
  await askAgain(context.db, { runId, taskId }, { reason: 'question_lost', question });
  // The lead sends the notification of the plan's `on_blocker`.
  await context.startLead(runId, true);
  return 'The question was asked again, with the task’s last message. Answer it:  leadwright blockers';
}
