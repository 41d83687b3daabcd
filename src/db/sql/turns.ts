import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { RunId, TaskId } from '../../contract/ids.js';
import type { ModelRequest } from '../../model/request.js';
import { sanitizeText, sanitizeJson, verbatimJson } from '../database.js';
import { commitColumn, jsonColumn, texts } from './columns.js';
import { CHECK_FENCE, fenceValues, REGISTER_FENCE, type Fence } from './fencing.js';
import { defineStatement } from './statement.js';

/** `work` continues a task's work; `summary` ends a conversation that grew too long. */
export const TURN_KINDS = ['work', 'summary'] as const;
export const turnKindColumn = z.enum(TURN_KINDS);

/** What stays the same in a whole conversation. */
export type Opening = Pick<ModelRequest, 'system' | 'tools'>;

/** The stored prompt and answer of a turn. */
export const promptColumn = jsonColumn<Anthropic.MessageParam['content']>(
  (prompt) => typeof prompt === 'string' || Array.isArray(prompt),
);
const openingColumn = jsonColumn<Opening>(
  (opening) => typeof opening === 'object' && opening !== null && 'system' in opening && 'tools' in opening,
);
export const answerColumn = jsonColumn<Anthropic.ContentBlock[]>(Array.isArray);

/** An answer as the record will have it: what is done with it before it is read from there has the same outcome. */
export function answerAsStored(content: readonly Anthropic.ContentBlock[]): Anthropic.ContentBlock[] {
  return answerColumn.parse(JSON.parse(verbatimJson(content)));
}
const stopReasonColumn = z.custom<Anthropic.StopReason>((reason) => typeof reason === 'string');

export const selectTurns = defineStatement({
  name: 'select-turns',
  reason: 'hot',
  why: 'The conversation of a task, read by every turn.',
  text: `SELECT t.number, t.attempt, t.model, t.prompt, t.answer, t.stop_reason AS "stopReason", t.refusal, t.shown, t.reply,
      t.conversation, t.kind, t.opening, t.answered_at AS "answeredAt",
      t.input_tokens + t.cache_creation_tokens + t.cache_read_tokens + t.output_tokens AS tokens,
      COALESCE(NOT a.passed, false) AS failed, COALESCE(a.starts_again, false) AS "startsAgain"
    FROM model_turns AS t
    LEFT JOIN attempts AS a ON a.run_id = t.run_id AND a.task_id = t.task_id AND a.turn = t.number
      -- A commit that a person hands in is no work of the turn that it follows.
      AND a.kind <> 'handed_in'
    WHERE t.run_id = $1 AND t.task_id = $2 ORDER BY t.number`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    number: z.int(),
    attempt: z.int(),
    model: z.string(),
    prompt: promptColumn,
    answer: answerColumn,
    stopReason: stopReasonColumn,
    /** What the provider says about a refusal. */
    refusal: z.string().nullable(),
    shown: texts,
    reply: z.string().nullable(),
    conversation: z.int(),
    kind: turnKindColumn,
    /** What the whole conversation begins with; on its first turn only. */
    opening: openingColumn.nullable(),
    /** When the answer arrived. It becomes the date of the commit that is made from the answer. */
    answeredAt: z.date(),
    /** Input and output tokens of the turn, all of which the next turn sends again. */
    tokens: z.int(),
    /** Whether the tests of its submission failed. */
    failed: z.boolean(),
    /** Whether its submission failed like the one before: the conversation is over. */
    startsAgain: z.boolean(),
  },
});

export const selectAnswer = defineStatement({
  name: 'select-answer',
  reason: 'hot',
  why: 'Read by every attempt that carries out an answer which another one has stored.',
  text: `SELECT answer AS content, stop_reason AS "stopReason", refusal, kind AS "turnKind"
    FROM model_turns WHERE run_id = $1 AND task_id = $2 AND number = $3`,
  values: (run: RunId, task: TaskId, turn: number) => [run, task, turn],
  row: {
    content: answerColumn,
    stopReason: stopReasonColumn,
    refusal: z.string().nullable(),
    turnKind: turnKindColumn,
  },
});

export const selectAnsweredTurn = defineStatement({
  name: 'select-answered-turn',
  reason: 'hot',
  why: 'Read before the calls and the submission of an answer are carried out. Whole turns are large.',
  // A new conversation has nothing of what earlier ones showed, but may edit the files that these knew.
  text: `WITH current AS (
      SELECT min(number) AS first FROM model_turns WHERE run_id = $1 AND task_id = $2 AND conversation =
        (SELECT conversation FROM model_turns WHERE run_id = $1 AND task_id = $2 AND number = $3)
    )
    SELECT answered_at AS "answeredAt",
      (SELECT commit FROM attempts WHERE run_id = $1 AND task_id = $2 AND turn = $3 AND kind <> 'handed_in'
        ORDER BY number LIMIT 1) AS commit,
      (SELECT count(command)::int FROM call_results WHERE run_id = $1 AND task_id = $2) AS commands,
      ARRAY(SELECT unnest(shown) FROM model_turns WHERE run_id = $1 AND task_id = $2
        UNION SELECT unnest(files) FROM attempts WHERE run_id = $1 AND task_id = $2
        UNION SELECT unnest(known) FROM call_results WHERE run_id = $1 AND task_id = $2) AS known,
      ARRAY(SELECT unnest(known_blobs) FROM model_turns WHERE run_id = $1 AND task_id = $2 AND number >= first
        UNION SELECT unnest(known_blobs) FROM attempts WHERE run_id = $1 AND task_id = $2 AND turn >= first
        UNION SELECT unnest(known_blobs) FROM call_results WHERE run_id = $1 AND task_id = $2 AND turn >= first
      ) AS "knownBlobs"
    FROM model_turns, current WHERE run_id = $1 AND task_id = $2 AND number = $3`,
  values: (run: RunId, task: TaskId, turn: number) => [run, task, turn],
  row: {
    answeredAt: z.date(),
    /** The commit that the turn's submission became; null when it has become none. */
    commit: commitColumn.nullable(),
    /** The number of commands that the task has run. */
    commands: z.int(),
    /** The files that the model knows: its turns showed them, or the task's attempts and calls wrote them. */
    known: texts,
    /** The contents of which its conversation showed the whole, or lines, or which it wrote, by git's names. */
    knownBlobs: texts,
  },
});

/**
 * Whether the task is left to a person: it waits for an answer, or a person has taken work of it that is yet to land, or to be
 * tested. Read before the task is locked, so an open question counts: it may have been answered since.
 */
const LEFT_TO_PERSON = `EXISTS (SELECT FROM tasks WHERE run_id = $1 AND id = $2 AND status = 'blocked' AND (
  EXISTS (SELECT FROM blockers WHERE run_id = $1 AND task_id = $2 AND resolved_at IS NULL)
  OR EXISTS (SELECT FROM (
      SELECT kind, passed, accepted, landing FROM attempts WHERE run_id = $1 AND task_id = $2 ORDER BY number DESC LIMIT 1
    ) AS newest WHERE landing IS NULL AND (accepted OR (kind = 'handed_in' AND passed IS NULL)))))`;

export const beginTurn = defineStatement({
  name: 'begin-turn',
  reason: 'atomic',
  why: 'Registers the attempt, moves the task to in_progress and writes its event, unless the run or the task was stopped.',
  text: `SELECT ${REGISTER_FENCE}, CASE WHEN ${LEFT_TO_PERSON} THEN 'blocked' ELSE begin_turn($1, $2, $6) END AS outcome,
    EXISTS (SELECT FROM blockers WHERE run_id = $1 AND task_id = $2 AND turn = $6 AND reason = $7) AS "wasAsked"`,
  values: (fence: Fence, turn: number, reason: string) => [...fenceValues(fence), turn, reason],
  row: {
    register_fence: z.literal(''),
    /** The outcome of a turn whose call may not be made; null when it may be made. */
    outcome: z.enum(['paused', 'cancelled', 'failed', 'blocked', 'waiting_on_run']).nullable(),
    /** Whether an earlier call of the turn made it ask a person for the given reason. */
    wasAsked: z.boolean(),
  },
});

export const tellBudget = defineStatement({
  name: 'tell-budget',
  reason: 'atomic',
  why: 'Reads what is left of the budget and keeps the figure for retries of the turn. Runs without a budget have no row.',
  text: `WITH fence AS MATERIALIZED (SELECT ${CHECK_FENCE})
    UPDATE tasks SET budget_told_turn = $6, budget_told_usd =
      CASE WHEN budget_told_turn = $6 THEN budget_told_usd ELSE budget_usd - spent_usd END
    FROM fence, runs WHERE runs.id = $1 AND budget_usd IS NOT NULL AND tasks.run_id = $1 AND tasks.id = $2
    RETURNING budget_told_usd::float8 AS "leftUsd"`,
  values: (fence: Fence, turn: number) => [...fenceValues(fence), turn],
  row: { leftUsd: z.number() },
});

export const storeAnswer = defineStatement({
  name: 'store-answer',
  reason: 'atomic',
  why: 'Stores the turn, settles its call and its cost and writes the events.',
  // As json, not jsonb, which would change the spacing and the order of keys.
  text: 'SELECT store_answer($1, json_populate_record(NULL::model_turns, $2), $3, $4) AS stored',
  values: (call: number, turn: object, event: object, compaction: object | null) => [
    call,
    verbatimJson(turn),
    sanitizeJson(event),
    compaction === null ? null : sanitizeJson(compaction),
  ],
  /** False when the turn had its answer, null when the run was removed. */
  row: { stored: z.boolean().nullable() },
});

export interface RefusalValues {
  readonly turn: number;
  readonly reply: string;
  /** The data of the event. */
  readonly event: object;
}

export const storeRefusal = defineStatement({
  name: 'store-refusal',
  reason: 'atomic',
  why: 'Stores the reply and writes the event, or does nothing when the turn has a reply.',
  text: `WITH fence AS MATERIALIZED (SELECT ${CHECK_FENCE}), refused AS (
      UPDATE model_turns SET reply = $7 FROM fence
      WHERE run_id = $1 AND task_id = $2 AND number = $6 AND reply IS NULL
      RETURNING run_id, task_id
    )
    SELECT append_event(run_id, task_id, 'changes.refused', $8) FROM refused`,
  values: (fence: Fence, { turn, reply, event }: RefusalValues) => [
    ...fenceValues(fence),
    turn,
    sanitizeText(reply),
    sanitizeJson(event),
  ],
});
