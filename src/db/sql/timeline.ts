import { z } from 'zod';
import type { RunId } from '../../contract/ids.js';
import { taskIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

/** Model calls. Answered calls are turns; a refused or waiting call counts as waiting. */
const CALLS = `
  SELECT task_id, 'model' AS kind, attempt, answered_at - ms * interval '1 ms' AS started, answered_at AS ended,
    'turn ' || number AS label
  FROM model_turns WHERE run_id = $1
  UNION ALL
  SELECT task_id, CASE WHEN state IN ('open', 'lost') THEN 'model' ELSE 'wait' END, NULL, claimed_at, ended_at,
    CASE state
      WHEN 'open' THEN 'turn ' || turn
      WHEN 'waiting' THEN 'turn ' || turn || ' waits for money'
      ELSE 'turn ' || turn || ': ' || COALESCE(reason, state)
    END
  FROM model_calls WHERE run_id = $1 AND state IN ('open', 'lost', 'waiting', 'refused')`;

/** The beginning of a command says which one it is; a whole one may be a program. */
const LABEL_CHARS = 200;

/** Commands and tools of MCP servers. Their events are recorded when they end. */
const COMMANDS = `
  SELECT task_id, 'command', (data ->> 'attempt')::int, at - (data ->> 'ms')::numeric * interval '1 ms', at,
    left(COALESCE(data ->> 'command', (data ->> 'server') || ': ' || (data ->> 'tool')), ${LABEL_CHARS})
  FROM events WHERE run_id = $1 AND type IN ('command.finished', 'mcp.call')`;

/** A test may have to wait for a free slot. A gap of less than a second is only the time to start the test. */
const START_TIME = `interval '1 s'`;

/** Tests of attempts. A verdict that is older than its attempt was reused and took no time. */
const TESTS = `
  SELECT task_id, 'test', number, test.created_at - test.ms * interval '1 ms', test.created_at, test.summary
  FROM attempts JOIN test_results AS test ON test.id = test_id
  WHERE attempts.run_id = $1 AND test.created_at >= attempts.created_at
  UNION ALL
  SELECT task_id, 'wait', number, attempts.created_at, test.created_at - test.ms * interval '1 ms', 'for a test slot'
  FROM attempts JOIN test_results AS test ON test.id = test_id
  WHERE attempts.run_id = $1 AND test.created_at - test.ms * interval '1 ms' > attempts.created_at + ${START_TIME}
  UNION ALL
  SELECT task_id, 'test', attempts.number, attempts.created_at, NULL, 'being tested'
  FROM attempts JOIN tasks ON tasks.run_id = attempts.run_id AND tasks.id = task_id
  WHERE attempts.run_id = $1 AND test_id IS NULL AND status = 'in_progress' AND workflow_step = 'test'`;

const PEOPLE = `
  SELECT task_id, 'person', NULL, at, resolved_at, reason FROM blockers WHERE run_id = $1`;

/** When the last dependency of a task was completed. */
const DEPENDENCIES_DONE = `(SELECT max(needed.completed_at) FROM tasks AS needed
  WHERE needed.run_id = $1 AND needed.id = ANY (tasks.depends_on))`;

/** Waits for a slot, and merges. Each begins with the previous event of the task. */
const BETWEEN = `
  SELECT task_id, 'wait', NULL, GREATEST(COALESCE(before, runs.created_at), ${DEPENDENCIES_DONE}), events.at, 'for a slot'
  FROM task_events AS events JOIN tasks ON tasks.run_id = $1 AND tasks.id = task_id JOIN runs ON runs.id = $1
  WHERE type = 'task.status' AND data ->> 'status' = 'in_progress'
  UNION ALL
  SELECT tasks.id, 'wait', NULL, GREATEST(runs.created_at, latest.at, ${DEPENDENCIES_DONE}),
    NULL, 'for a slot'
  FROM tasks JOIN runs ON runs.id = run_id LEFT JOIN latest ON latest.task_id = tasks.id
  WHERE run_id = $1 AND tasks.status = 'pending' AND NOT EXISTS (
    SELECT FROM tasks AS needed WHERE needed.run_id = $1 AND needed.id = ANY (tasks.depends_on)
      AND needed.status <> 'completed')
  UNION ALL
  SELECT task_id, 'merge', NULL, before, at, data ->> 'outcome' FROM task_events WHERE type = 'merge.finished'
  UNION ALL
  SELECT id, 'merge', NULL, latest.at, NULL, 'being landed'
  FROM tasks JOIN latest ON latest.task_id = tasks.id WHERE run_id = $1 AND status = 'in_progress' AND workflow_step = 'land'`;

/** The times in which the run was paused; the last one has no end while it is. One in which the clock was set back is unknown. */
const PAUSES = `
  SELECT COALESCE(range_agg(tstzrange(at, until)), '{}') AS times FROM (
    SELECT data ->> 'status' AS status, at, lead(at) OVER (ORDER BY seq) AS until
    FROM events WHERE run_id = $1 AND type = 'run.status'
  ) AS statuses WHERE status = 'paused' AND (at > until) IS NOT TRUE`;

/**
 * The parts of a span without the pauses, in which nothing is started. What is under way goes on: a model call, a test with
 * its own time, a person's answer, a landing that a pause covers as a whole. A test whose start is not known is taken to
 * stand still.
 */
const PARTS = `unnest(CASE
    WHEN started > ended THEN '{}'
    WHEN kind = 'merge' AND ended IS NOT NULL AND times @> tstzrange(started, ended, '[)')
      THEN tstzmultirange(tstzrange(started, ended, '[]'))
    WHEN kind IN ('wait', 'merge') OR (kind = 'test' AND ended IS NULL)
      THEN tstzmultirange(tstzrange(started, ended, '[]')) - times
    ELSE tstzmultirange(tstzrange(started, ended, '[]'))
  END)`;

export const selectTimeline = defineStatement({
  name: 'select-timeline',
  reason: 'inexpressible',
  why: 'Computes spans from all events, calls and tests of a run by window functions; Prisma would load them all.',
  text: `WITH task_events AS MATERIALIZED (
      SELECT task_id, type, at, data, lag(at) OVER (PARTITION BY task_id ORDER BY seq) AS before
      FROM events WHERE run_id = $1 AND task_id IS NOT NULL
        AND type IN ('task.status', 'tests.finished', 'merge.finished', 'blocker.resolved')
    ), latest AS (
      SELECT task_id, max(at) AS at FROM task_events GROUP BY task_id
    ), pauses AS (${PAUSES}
    ), spans AS (${[CALLS, COMMANDS, TESTS, PEOPLE, BETWEEN].join(' UNION ALL ')})
    SELECT task_id AS "taskId", kind, attempt, lower(part) AS "startedAt", upper(part) AS "endedAt", label
    FROM spans, pauses, ${PARTS} AS part WHERE started IS NOT NULL ORDER BY lower(part), upper(part), task_id`,
  values: (run: RunId) => [run],
  row: {
    /** Null for a span of the run itself. */
    taskId: taskIdColumn.nullable(),
    kind: z.enum(['model', 'command', 'test', 'wait', 'person', 'merge']),
    attempt: z.int().nullable(),
    startedAt: z.date(),
    /** Null while it lasts and the run is not paused. */
    endedAt: z.date().nullable(),
    label: z.string(),
  },
});
