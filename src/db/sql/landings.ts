import { z } from 'zod';
import type { Candidate } from '../../contract/payloads.js';
import type { CommitSha, RunId, WorkerId } from '../../contract/ids.js';
import { roleSchema } from '../../contract/status-schemas.js';
import { sanitizeJson } from '../database.js';
import {
  attemptKindColumn,
  commitColumn,
  landingColumn,
  taskIdColumn,
  texts,
  treeColumn,
} from './columns.js';
import { defineStatement } from './statement.js';

export const selectLandings = defineStatement({
  name: 'select-landings',
  reason: 'hot',
  why: 'Read by every merge batch, for all its tasks at once.',
  text: `SELECT tasks.id AS "taskId", attempts.number AS attempt, tasks.title, attempts.explanation,
      COALESCE((SELECT max(t.number) FROM model_turns AS t
        WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id), 0) AS turn,
      test_command AS "testCommand", assigned_to AS role, may_change AS "mayChange", start, attempts.commit, tree,
      landing, next_start AS "nextStart", next_draft AS "nextDraft", accepted, COALESCE(passed, false) AS passed, attempts.kind,
      CASE WHEN attempts.kind = 'handed_in' THEN attempts.created_at ELSE model_turns.answered_at END AS at,
      tasks.files || COALESCE((SELECT array_agg(DISTINCT path) FROM model_turns AS t, unnest(t.shown) AS path
        WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id), '{}') AS shown,
      ARRAY(SELECT DISTINCT c.server FROM mcp_calls AS c WHERE c.run_id = tasks.run_id AND c.task_id = tasks.id) AS servers,
      ARRAY(SELECT DISTINCT path FROM attempts AS h, unnest(h.files) AS path
        WHERE h.run_id = tasks.run_id AND h.task_id = tasks.id AND h.kind = 'handed_in') AS "handedIn"
    FROM jsonb_to_recordset($2) AS wanted("taskId" text, attempt int)
    JOIN tasks ON tasks.run_id = $1 AND tasks.id = wanted."taskId"
    JOIN attempts ON attempts.run_id = $1 AND attempts.task_id = tasks.id AND attempts.number = wanted.attempt
    LEFT JOIN model_turns ON model_turns.run_id = $1 AND model_turns.task_id = tasks.id
      AND model_turns.number = attempts.turn`,
  values: (run: RunId, candidates: readonly Candidate[]) => [run, JSON.stringify(candidates)],
  row: {
    taskId: taskIdColumn,
    attempt: z.int(),
    title: z.string(),
    explanation: z.string(),
    /** The task's newest turn. The reply to a requeued attempt is stored with it. */
    turn: z.int(),
    testCommand: z.string(),
    role: roleSchema,
    mayChange: texts,
    start: commitColumn,
    commit: commitColumn,
    tree: treeColumn,
    landing: landingColumn.nullable(),
    /** After a requeue: the tip and the draft with which the task goes on. */
    nextStart: commitColumn.nullable(),
    nextDraft: commitColumn.nullable(),
    /** A person accepted it, whatever its verdict. */
    accepted: z.boolean(),
    /** Its tests passed. */
    passed: z.boolean(),
    kind: attemptKindColumn,
    /** When the answer arrived that the attempt was made from, or when a person handed it in. */
    at: z.date(),
    /** Files that the task was shown, read or found by search. */
    shown: texts,
    /** MCP servers that it called. */
    servers: texts,
    /** Files of the commits that persons have handed in for the task. */
    handedIn: texts,
  },
});

export interface LandValues {
  readonly worker: WorkerId;
  readonly run: RunId;
  readonly from: CommitSha;
  readonly to: CommitSha;
  /** The landed and the requeued attempts, as land_tasks() reads them. */
  readonly landed: readonly object[];
  readonly requeued: readonly object[];
}

export const landTasks = defineStatement({
  name: 'land-tasks',
  reason: 'atomic',
  why: 'Moves the tip and the attempts of a batch by compare-and-set, and updates all its tasks, with their events.',
  text: 'SELECT check_worker($6), land_tasks($1, $2, $3, $4, $5) AS done',
  values: ({ worker, run, from, to, landed, requeued }: LandValues) => [
    run,
    from,
    to,
    sanitizeJson(landed),
    sanitizeJson(requeued),
    worker,
  ],
  row: { check_worker: z.literal(''), done: z.boolean() },
});
