import { z } from 'zod';
import { defineStatement } from './statement.js';

/** A task waits from the completion of its last dependency, or from the start of its run. */
export const selectWaitingTasks = defineStatement({
  name: 'select-waiting-tasks',
  reason: 'inexpressible',
  why: 'Computed over all tasks and what they depend on; Prisma would load them all for each scrape.',
  text: `SELECT task.assigned_to::text AS role, count(*)::int,
      max(extract(epoch FROM now() - greatest(run.created_at, done.at)))::float8 AS seconds
    FROM tasks task
    JOIN runs run ON run.id = task.run_id AND run.status = 'running'
    CROSS JOIN LATERAL (
      SELECT max(needed.completed_at) AS at, coalesce(bool_and(needed.status = 'completed'), true) AS complete
      FROM tasks needed WHERE needed.run_id = task.run_id AND needed.id = ANY (task.depends_on)
    ) done
    WHERE task.status = 'pending' AND done.complete
    GROUP BY 1`,
  row: { role: z.string(), count: z.int(), seconds: z.number() },
});
