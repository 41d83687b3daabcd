/** Tasks that wait for an answer, but whose question is gone from the record: nobody can answer it. */
import { lostQuestion } from '../../agent/questions.js';
import { askAboutRun } from '../../db/blockers.js';
import { selectLostQuestions } from '../../db/sql/repair.js';
import type { RowOf } from '../../db/sql/statement.js';
import type { Difference, RepairPlace } from './difference.js';

type Waiting = RowOf<typeof selectLostQuestions>;

export async function compareQuestions(place: RepairPlace): Promise<Difference[]> {
  const rows = await selectLostQuestions(place.db.pool);
  return rows.map((task) => ({
    run: task.runId,
    kind: 'mendable',
    said: `The task ${task.taskId} of the run ${task.runId} waits for an answer, but its question is gone.`,
    apply: () => askAgain(place, task),
  }));
}

async function askAgain(place: RepairPlace, { runId, taskId, error }: Waiting): Promise<string> {
  const question = lostQuestion(error ?? 'nothing.');
  await askAboutRun(place.db, runId, { reason: 'question_lost', question }, taskId);
  // It tells whom the plan has told of questions.
  await place.startLead(runId, true);
  return 'Its task asks anew, with what it said last. Answer it:  leadwright blockers';
}
