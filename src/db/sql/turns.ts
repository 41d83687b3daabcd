import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { RunId, TaskId } from '../../contract/ids.js';
import type { ModelRequest } from '../../model/request.js';
import { sanitizeText, sanitizeJson, verbatimJson } from '../database.js';
import { jsonColumn, texts } from './columns.js';
import { CHECK_FENCE, fenceColumn, fenceValues, type Fence } from './fencing.js';
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

export const selectTurns = defineStatement({
  name: 'select-turns',
  reason: 'hot',
  why: 'The conversation of a task, read by every turn.',
  text: `SELECT t.number, t.attempt, t.model, t.prompt, t.answer, t.stop_reason AS "stopReason", t.shown, t.reply,
      t.conversation, t.kind, t.opening, t.answered_at AS "answeredAt",
      t.input_tokens + t.cache_creation_tokens + t.cache_read_tokens + t.output_tokens AS tokens,
      COALESCE(NOT a.passed, false) AS failed, COALESCE(a.starts_again, false) AS "startsAgain"
    FROM model_turns AS t
    LEFT JOIN attempts AS a ON a.run_id = t.run_id AND a.task_id = t.task_id AND a.turn = t.number
    WHERE t.run_id = $1 AND t.task_id = $2 ORDER BY t.number`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    number: z.int(),
    attempt: z.int(),
    model: z.string(),
    prompt: promptColumn,
    answer: answerColumn,
    stopReason: z.custom<Anthropic.StopReason>((reason) => typeof reason === 'string'),
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

export const beginTurn = defineStatement({
  name: 'begin-turn',
  reason: 'atomic',
  why: 'Moves the task to in_progress and writes its event, unless the run or the task was stopped.',
  text: `SELECT ${CHECK_FENCE}, begin_turn($1, $2, $6) AS outcome`,
  values: (fence: Fence, turn: number) => [...fenceValues(fence), turn],
  row: {
    ...fenceColumn,
    /** The outcome of a turn whose call may not be made; null when it may be made. */
    outcome: z.enum(['paused', 'cancelled', 'failed', 'blocked', 'waiting_on_run']).nullable(),
  },
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
