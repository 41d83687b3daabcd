import type pg from 'pg';
import { SHA } from './server.js';

/** Tasks per layer: each depends on two tasks of the preceding layer. */
const LAYER = 200;

/** Records a run of `count` tasks: some completed, some in progress, and one waiting for a person. */
export async function createLargeRun(pool: pg.Pool, id: string, count: number): Promise<void> {
  await pool.query(
    `WITH project AS (
       INSERT INTO projects (name, repository) VALUES ($1, '/' || $1::text) RETURNING id
     ), run AS (
       INSERT INTO runs (id, project_id, repository, git_folder, branch, base, tip, plan, plan_hash, model,
                         model_endpoint, concurrency, max_corrections, allow_red_base, budget_usd, spent_usd)
       SELECT $1, id, '/shop', '/shop/.git', 'leadwright/' || $1, $2, $2, '{}', '', 'm', '', 40, 3, false, 100, 12
       FROM project RETURNING id, project_id
     )
     INSERT INTO tasks (run_id, id, project_id, number, title, description, assigned_to, depends_on, test_command,
                        files, may_change, generate_timeout_ms, test_timeout_ms, files_modified)
     SELECT id, 't' || n, project_id, n, 'Task number ' || n, '', 'backend',
       CASE WHEN n > $4 THEN ARRAY['t' || (n - $4), 't' || (n - $4 / 2 - 1)] ELSE '{}' END,
       'true', '{}', '{}', 1, 1, '{}'
     FROM run, generate_series(1, $3::int) AS n`,
    [id, SHA, count, LAYER],
  );
  const set = (status: string, from: number, to: number, more = '') =>
    pool.query(
      `UPDATE tasks SET status = '${status}'${more} WHERE run_id = $1 AND number BETWEEN $2 AND $3`,
      [id, from, to],
    );
  const working = 2 * LAYER + 40;
  await set('in_progress', 1, working, ", started_at = now(), workflow_step = 'generate'");
  await set('completed', 1, 2 * LAYER, ', completed_at = now(), attempt_count = 1');
  await pool.query(`SELECT raise_blocker($1, $2, 'question', 'Which of the two?', NULL)`, [
    id,
    `t${working}`,
  ]);
}
