/** Tasks that wait for an answer, but whose question is gone from the record: nobody can answer it. */
import { lostQuestion } from '../../agent/questions.js';
import { askAboutRun } from '../../db/blockers.js';
import { selectLostQuestions } from '../../db/sql/repair.js';
import type { RowOf } from '../../db/sql/statement.js';
import type { Difference, RepairContext } from './difference.js';

type Waiting = RowOf<typeof selectLostQuestions>;

export async function compareQuestions(context: RepairContext): Promise<Difference[]> {
  const rows = await selectLostQuestions(context.db.pool);
  return rows.map((task) => ({
    run: task.runId,
    kind: 'repairable',
    description: `The task ${task.taskId} of the run ${task.runId} waits for an answer, but its question is gone.`,
    apply: () => askAgain(context, task),
  }));
}

async function askAgain(context: RepairContext, { runId, taskId, error }: Waiting): Promise<string> {
  const question = lostQuestion(error ?? 'nothing.');
  await askAboutRun(context.db, runId, { reason: 'question_lost', question }, taskId);
  // It tells whom the plan has told of questions.
  await context.startLead(runId, true);
  return 'Its task asks anew, with what it said last. Answer it:  leadwright blockers';
}
