/** Conditions on questions to people, for statements that read `tasks`. */

/** A question that holds the run as a whole. */
const HOLDS = `blockers.task_id IS NULL AND blockers.reason IN ('model_access', 'budget')`;

/** The questions, open or not, that a blocked task waits for: its own, and those that hold the run. */
const WAITED_FOR = `blockers.run_id = tasks.run_id AND (blockers.task_id = tasks.id
  OR (${HOLDS}))`;

/** A blocked task goes on when nothing that it waits for is open. */
export const ANSWERED = `tasks.status = 'blocked' AND NOT EXISTS (
  SELECT FROM blockers WHERE ${WAITED_FOR} AND resolved_at IS NULL)`;

/** It waits for a question that holds the run, and for none of its own. */
export const HELD = `(tasks.status = 'blocked' AND EXISTS (
    SELECT FROM blockers WHERE blockers.run_id = tasks.run_id AND resolved_at IS NULL AND ${HOLDS})
  AND NOT EXISTS (
    SELECT FROM blockers WHERE blockers.run_id = tasks.run_id AND resolved_at IS NULL AND task_id = tasks.id))`;

/** Nothing that the task waits for is open, and nothing was answered since it waits. */
export const QUESTION_IS_LOST = `${ANSWERED} AND NOT EXISTS (
  SELECT FROM blockers WHERE ${WAITED_FOR} AND resolved_at >= (
    SELECT max(events.at) FROM events WHERE events.run_id = tasks.run_id AND events.task_id = tasks.id
      AND events.type = 'task.status' AND events.data ->> 'status' = 'blocked'))`;
