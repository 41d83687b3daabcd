/** SQL conditions about open and answered blockers, for statements that read `tasks`. */

/** A blocker for which the whole run waits. */
const BLOCKS_RUN = `blockers.task_id IS NULL AND blockers.reason IN ('model_access', 'budget')`;

/** The blockers, open or not, that a blocked task waits for: its own, and those for which the whole run waits. */
const WAITED_FOR = `blockers.run_id = tasks.run_id AND (blockers.task_id = tasks.id
  OR (${BLOCKS_RUN}))`;

/** The task is blocked, but no blocker that it waits for is open: it can continue. */
export const ANSWERED = `tasks.status = 'blocked' AND NOT EXISTS (
  SELECT FROM blockers WHERE ${WAITED_FOR} AND resolved_at IS NULL)`;

/** The task is blocked with the whole run, and has no open blocker of its own. */
export const WAITING_ON_RUN = `(tasks.status = 'blocked' AND EXISTS (
    SELECT FROM blockers WHERE blockers.run_id = tasks.run_id AND resolved_at IS NULL AND ${BLOCKS_RUN})
  AND NOT EXISTS (
    SELECT FROM blockers WHERE blockers.run_id = tasks.run_id AND resolved_at IS NULL AND task_id = tasks.id))`;

/** The task is blocked, but no blocker is open and none was answered since it was blocked: its question is missing. */
export const QUESTION_IS_LOST = `${ANSWERED} AND NOT EXISTS (
  SELECT FROM blockers WHERE ${WAITED_FOR} AND resolved_at >= (
    SELECT max(events.at) FROM events WHERE events.run_id = tasks.run_id AND events.task_id = tasks.id
      AND events.type = 'task.status' AND events.data ->> 'status' = 'blocked'))`;
