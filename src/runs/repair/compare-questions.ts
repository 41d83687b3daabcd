/** Tasks that wait for an answer, but whose question is gone from the record: nobody can answer it. */
import { lostQuestion } from '../../agent/questions.js';
import { storable } from '../../db/database.js';
import { ANSWERED, WAITED_FOR } from '../../db/lead-graph.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import type { Difference, RepairPlace } from './difference.js';

/** Nothing that the task waits for is open, and nothing was answered since it waits. */
export const QUESTION_IS_LOST = `${ANSWERED} AND NOT EXISTS (
  SELECT FROM blockers WHERE ${WAITED_FOR} AND resolved_at >= (
    SELECT max(events.at) FROM events WHERE events.run_id = tasks.run_id AND events.task_id = tasks.id
      AND events.type = 'task.status' AND events.data ->> 'status' = 'blocked'))`;

interface Waiting {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly error: string | null;
}

export async function compareQuestions(place: RepairPlace): Promise<Difference[]> {
  const { rows } = await place.db.pool.query<Waiting>(
    `SELECT run_id AS "runId", tasks.id AS "taskId", error FROM tasks JOIN runs ON runs.id = run_id
     WHERE runs.status <> 'cancelled' AND ${QUESTION_IS_LOST} ORDER BY run_id, number`,
  );
  return rows.map((task) => ({
    run: task.runId,
    kind: 'mendable',
    said: `The task ${task.taskId} of the run ${task.runId} waits for an answer, but its question is gone.`,
    apply: () => askAgain(place, task),
  }));
}

async function askAgain(place: RepairPlace, { runId, taskId, error }: Waiting): Promise<string> {
  const question = lostQuestion(error ?? 'nothing.');
  await place.db.pool.query(`SELECT raise_blocker($1, $2, 'question_lost', $3, NULL)`, [
    runId,
    taskId,
    storable(question),
  ]);
  // It tells whom the plan has told of questions.
  await place.startLead(runId, true);
  return 'Its task asks anew, with what it said last. Answer it:  leadwright blockers';
}
