/** Work under way whose commits are gone: its tasks go on from the branch's tip, in the same conversation. */
import type { CommitSha, RunId, TaskId } from '../../contract/ids.js';
import type { Difference, RepairPlace } from './difference.js';
import { endWorkflows } from './compare-workflows.js';

interface LostAttempt {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly number: number;
  readonly commit: CommitSha;
  /** It was made straight from a tip, of the newest answer, and nobody has said anything to that since. */
  readonly again: boolean;
}

export async function compareWork(place: RepairPlace): Promise<Difference[]> {
  const tasks = new Map<string, LostAttempt[]>();
  for (const attempt of await openAttempts(place)) {
    if (await place.store.has(attempt.commit)) continue;
    const key = `${attempt.runId}/${attempt.taskId}`;
    tasks.set(key, [...(tasks.get(key) ?? []), attempt]);
  }
  return [...tasks.values()].flatMap((lost) => {
    const [first] = lost;
    return first === undefined ? [] : [lostWork(place, first, lost)];
  });
}

/** Attempts that have not landed, and that their tasks may go on from. */
async function openAttempts(place: RepairPlace): Promise<LostAttempt[]> {
  const { rows } = await place.db.pool.query<LostAttempt>(
    `SELECT a.run_id AS "runId", a.task_id AS "taskId", a.number, a.commit,
       a.base = a.start AND newest.number = a.turn AND newest.reply IS NULL AS again
     FROM attempts AS a JOIN runs ON runs.id = a.run_id
       JOIN tasks ON tasks.run_id = a.run_id AND tasks.id = a.task_id
       CROSS JOIN LATERAL (SELECT number, reply FROM model_turns AS t
         WHERE t.run_id = a.run_id AND t.task_id = a.task_id ORDER BY number DESC LIMIT 1) AS newest
     WHERE runs.status NOT IN ('completed', 'cancelled') AND a.landing IS NULL
       AND tasks.status IN ('pending', 'in_progress', 'blocked', 'failed')
     ORDER BY a.run_id, a.task_id, a.number`,
  );
  return rows;
}

function lostWork(
  place: RepairPlace,
  { runId, taskId }: LostAttempt,
  lost: readonly LostAttempt[],
): Difference {
  const again = lost.at(-1)?.again === true;
  return {
    run: runId,
    kind: 'mendable',
    said: `What the task ${taskId} of the run ${runId} has done so far is no longer in the git store.`,
    apply: async () => {
      // They know of the commits that are gone; the lead that is started next reads the record.
      await endWorkflows(place.temporal, runId);
      await forget(
        place,
        { runId, taskId },
        lost.map(({ number }) => number),
        again,
      );
      return again
        ? 'Its last submission is applied again, on the branch’s tip.'
        : 'It goes on from the branch’s tip, in the same conversation: its agent is told to submit all of it again.';
    },
  };
}

/** Behind whatever came of its last submission, which is still the result of that. */
const LOST =
  'What you submitted so far is not in the repository any more. Read what is there and submit the whole change for it.';

/** In one statement: an answer without what came of it is applied again, one with a reply is not. */
async function forget(
  place: RepairPlace,
  { runId, taskId }: Pick<LostAttempt, 'runId' | 'taskId'>,
  numbers: readonly number[],
  again: boolean,
): Promise<void> {
  await place.db.pool.query(
    `WITH task AS MATERIALIZED (
       SELECT run_id, id FROM tasks WHERE run_id = $1 AND id = $2 FOR NO KEY UPDATE
     ), gone AS (
       DELETE FROM attempts USING task WHERE attempts.run_id = task.run_id AND task_id = task.id
         AND number = ANY ($3) RETURNING number
     )
     UPDATE model_turns SET reply = COALESCE(reply || E'\\n\\n', '') || $4 FROM task
     WHERE NOT $5 AND model_turns.run_id = task.run_id AND task_id = task.id AND number = (
       SELECT max(number) FROM model_turns WHERE run_id = $1 AND task_id = $2)`,
    [runId, taskId, numbers, LOST, again],
  );
}
