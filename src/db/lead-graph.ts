/** The graph of tasks, as the lead reads it. */
import type { GraphPage, RunSettings, TaskNode, TaskProgress, WholeRun } from '../contract/payloads.js';
import type { CommitSha, RunId, TaskId } from '../contract/ids.js';
import type { Database } from './database.js';

/** Tasks in one page: some 100 KB of payload, and an activity for each page. */
const PAGE = 1_000;

/** Bytes of a page, before what its tasks have in common is said once: a payload should have less than 512 KB. */
const PAGE_BYTES = 384 * 1024;

/** Characters of a title in a history: enough to tell tasks apart in the Temporal UI. */
const TITLE = 60;

/** A question that holds the run as a whole. */
const HOLDS = `blockers.task_id IS NULL AND blockers.reason IN ('model_access', 'budget')`;

/** The questions, open or not, that a blocked task waits for: its own, and those that hold the run. */
export const WAITED_FOR = `blockers.run_id = tasks.run_id AND (blockers.task_id = tasks.id
  OR (${HOLDS}))`;

/** A blocked task goes on when nothing that it waits for is open. */
export const ANSWERED = `tasks.status = 'blocked' AND NOT EXISTS (
  SELECT FROM blockers WHERE ${WAITED_FOR} AND resolved_at IS NULL)`;

/** It waits for a question that holds the run, and for none of its own: null where that is not so. */
const HELD = `NULLIF(tasks.status = 'blocked' AND EXISTS (
    SELECT FROM blockers WHERE blockers.run_id = tasks.run_id AND resolved_at IS NULL AND ${HOLDS})
  AND NOT EXISTS (
    SELECT FROM blockers WHERE blockers.run_id = tasks.run_id AND resolved_at IS NULL AND task_id = tasks.id), false)`;

/** A submission that its turn ended with and that nothing came of yet is taken up again. */
const TURNS_DONE = `COALESCE((SELECT max(number) FROM model_turns AS t WHERE t.run_id = tasks.run_id
  AND t.task_id = tasks.id AND t.reply IS NOT NULL OR t.run_id = tasks.run_id AND t.task_id = tasks.id
  AND EXISTS (SELECT FROM attempts AS a WHERE a.run_id = t.run_id AND a.task_id = t.task_id AND a.turn = t.number
    AND a.passed IS NOT NULL)), 0)`;

/** What is null in a row is left out of a history. */
interface TaskRow extends Omit<TaskNode, 'progress' | 'correctionsAllowed' | 'held'> {
  readonly number: number;
  readonly progress: TaskProgress | null;
  readonly held: true | null;
  readonly correctionsAllowed: number | null;
}

/** What of a plan's figures a lead needs that does not read all of its tasks. */
export async function readWhole(db: Database, runId: RunId): Promise<Omit<WholeRun, 'fullHistory'>> {
  const found = await db.pool.query<Omit<WholeRun, 'fullHistory'>>(
    `SELECT count(*) FILTER (WHERE status = 'completed')::int AS completed,
       COALESCE(max(test_timeout_ms), 0) AS "longestTestMs",
       EXISTS (SELECT FROM model_turns WHERE run_id = $1) AS begun
     FROM tasks WHERE run_id = $1`,
    [runId],
  );
  return found.rows[0] ?? { completed: 0, longestTestMs: 0, begun: false };
}

/**
 * A page of the graph, from the task after number `after`: of all tasks that are not completed, for nothing comes
 * of those any more, or of those asked for by name, whatever their state.
 */
export async function readGraph(
  db: Database,
  runId: RunId,
  after: number,
  only?: readonly TaskId[],
): Promise<GraphPage> {
  const [run, tasks] = await Promise.all([
    db.pool.query<{ settings: RunSettings; tip: CommitSha }>(
      `SELECT tip, json_strip_nulls(json_build_object('concurrency', concurrency, 'maxCorrections', max_corrections,
         'status', status, 'tells', CASE WHEN plan -> 'onBlocker' ->> 'kind' IS NOT NULL THEN true END)) AS settings
       FROM runs WHERE id = $1`,
      [runId],
    ),
    db.pool.query<TaskRow>(
      `SELECT number, id, left(title, ${TITLE}) AS title, assigned_to AS role, depends_on AS "dependsOn",
         can_parallelize AS "canParallelize", priority, status, ${ANSWERED} AS answered, ${HELD} AS held,
         COALESCE(last.landing IS NULL AND (last.accepted OR last.passed AND NOT EXISTS (
           SELECT FROM model_turns AS t WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id AND t.number > last.turn
         )), false) AS ready,
         corrections_allowed AS "correctionsAllowed", generate_timeout_ms AS "generateTimeoutMs", test_timeout_ms AS "testTimeoutMs",
         CASE WHEN status = 'pending' AND NOT EXISTS (
             SELECT FROM model_turns AS t WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id)
           THEN NULL ELSE json_build_object('turns', ${TURNS_DONE}, 'attempts', attempt_count,
           'corrections', (SELECT count(*) FROM correction_attempts AS c WHERE c.run_id = tasks.run_id
             AND c.task_id = tasks.id AND c.created_at > COALESCE(asked.answered_at, '-infinity')),
           'bounces', bounces.count,
           'work', CASE WHEN last.landing IS NULL AND last.commit IS NOT NULL
             THEN json_build_object('start', last.start, 'commit', last.commit) END) END AS progress,
         bounces.count + asked.answers
           + (status = 'in_progress' AND last.landing IS DISTINCT FROM 'conflict'
              AND last.landing IS DISTINCT FROM 'red')::int AS workflows
       FROM tasks LEFT JOIN LATERAL (
         SELECT turn, start, commit, passed, landing, accepted FROM attempts AS a
         WHERE a.run_id = tasks.run_id AND a.task_id = tasks.id AND a.passed IS NOT NULL
         ORDER BY number DESC LIMIT 1) AS last ON true
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS answers, max(resolved_at) AS answered_at FROM blockers AS b
         WHERE b.run_id = tasks.run_id AND b.task_id = tasks.id AND resolved_at IS NOT NULL) AS asked
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS count FROM attempts AS a
         WHERE a.run_id = tasks.run_id AND a.task_id = tasks.id AND a.landing IN ('conflict', 'red')) AS bounces
       WHERE run_id = $1 AND number > $2 AND CASE WHEN $3::text[] IS NULL THEN status <> 'completed'
         ELSE id = ANY($3) END
       ORDER BY number LIMIT ${PAGE}`,
      [runId, after, only ?? null],
    ),
  ]);
  const [row] = run.rows;
  if (row === undefined) throw new Error(`run ${runId} is not in the database`);
  const shown = firstBytes(tasks.rows, PAGE_BYTES);
  const whole = tasks.rows.length < PAGE && shown.length === tasks.rows.length;
  return {
    ...row,
    tasks: shown.map(({ number, progress, held, correctionsAllowed, ...node }) => {
      after = number;
      return {
        ...node,
        ...(progress === null ? {} : { progress }),
        ...(held === null ? {} : { held }),
        ...(correctionsAllowed === null ? {} : { correctionsAllowed }),
      };
    }),
    next: whole ? null : after,
  };
}

/** As many rows as fit, and at least one: a task that needs thousands of others is long. */
function firstBytes<Row>(rows: readonly Row[], bytes: number): readonly Row[] {
  let sum = 0;
  const end = rows.findIndex((row) => (sum += Buffer.byteLength(JSON.stringify(row))) > bytes);
  return end < 0 ? rows : rows.slice(0, Math.max(1, end));
}

/** Each test command of a run's tasks once, with the longest time that any of them gives it. */
export async function listTestCommands(
  db: Database,
  runId: RunId,
): Promise<{ readonly command: string; readonly timeoutMs: number }[]> {
  const found = await db.pool.query<{ command: string; timeoutMs: number }>(
    `SELECT test_command AS command, max(test_timeout_ms) AS "timeoutMs" FROM tasks WHERE run_id = $1
     GROUP BY test_command ORDER BY min(number)`,
    [runId],
  );
  return found.rows;
}

/** Whether every task of a run is completed. */
export async function areAllTasksCompleted(db: Database, runId: RunId): Promise<boolean> {
  const found = await db.pool.query<{ done: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM tasks WHERE run_id = $1 AND status <> 'completed') AS done`,
    [runId],
  );
  return found.rows[0]?.done === true;
}
