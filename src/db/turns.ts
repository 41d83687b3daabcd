/** The journal of model turns: an answer is stored once, before anything can fail after it. */
import type Anthropic from '@anthropic-ai/sdk';
import type { TokenUsage } from '../model/prices.js';
import type { RunId, TaskId } from '../contract/ids.js';
import { CHECK_FENCE, queryFenced, type Fence } from './fencing.js';
import { storable, storableJson, wordsJson, type Database } from './database.js';

export interface TurnRecord {
  readonly number: number;
  readonly attempt: number;
  readonly prompt: Anthropic.MessageParam['content'];
  readonly answer: Anthropic.ContentBlock[];
  readonly stopReason: Anthropic.StopReason;
  readonly shown: readonly string[];
  readonly reply: string | null;
  /** What the model had read and said by then: the next turn reads all of it again. */
  readonly tokens: number;
  /** When the answer came: the date of the commit that it becomes. */
  readonly answeredAt: Date;
}

/** All turns of a task, in order: its conversation. */
export async function readTurns(db: Database, runId: RunId, taskId: TaskId): Promise<TurnRecord[]> {
  const found = await db.pool.query<TurnRecord>(
    `SELECT number, attempt, prompt, answer, stop_reason AS "stopReason", shown, reply,
       answered_at AS "answeredAt",
       input_tokens + cache_creation_tokens + cache_read_tokens + output_tokens AS tokens
     FROM model_turns WHERE run_id = $1 AND task_id = $2 ORDER BY number`,
    [runId, taskId],
  );
  return found.rows;
}

/** What a turn comes to before its call: `begun` when it may be made. */
export type TurnBegin = 'begun' | 'paused' | 'cancelled' | 'failed' | 'blocked' | 'held';

/**
 * The task's agent is at work on a turn: said once, when its status changes by it. Or why it is not: the run is paused
 * or cancelled, or an earlier attempt of the turn has ended the task, or asked a person, and was not heard.
 */
export async function beginTurn(db: Database, step: Fence, turn: number): Promise<TurnBegin> {
  const found = await queryFenced<{ kept: Exclude<TurnBegin, 'begun'> | null }>(
    db,
    step,
    `SELECT ${CHECK_FENCE}, begin_turn($1, $2, $6) AS kept`,
    [turn],
  );
  return found.rows[0]?.kept ?? 'begun';
}

export interface NewTurn {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly number: number;
  readonly attempt: number;
  readonly model: string;
  readonly requestHash: string;
  readonly prompt: Anthropic.MessageParam['content'];
  readonly answer: Anthropic.ContentBlock[];
  readonly stopReason: Anthropic.StopReason;
  readonly usage: TokenUsage;
  readonly costUsd: number;
  readonly ms: number;
  readonly shown: readonly string[];
}

/**
 * Stores a call's answer with its event and its bill in one statement, whoever works at the task by now: it was
 * paid for. `late` when the turn had its answer before: that one stays, and this one is on the bill too; `gone`
 * when the run was removed meanwhile.
 */
export async function storeTurn(
  db: Database,
  call: number,
  turn: NewTurn,
): Promise<'first' | 'late' | 'gone'> {
  const { usage } = turn;
  const row = {
    run_id: turn.runId,
    task_id: turn.taskId,
    number: turn.number,
    attempt: turn.attempt,
    model: turn.model,
    request_hash: turn.requestHash,
    prompt: turn.prompt,
    answer: turn.answer,
    stop_reason: turn.stopReason,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_creation_tokens: usage.cacheCreationInputTokens,
    cache_read_tokens: usage.cacheReadInputTokens,
    cost_usd: turn.costUsd,
    ms: turn.ms,
    shown: turn.shown,
  };
  const event = {
    attempt: turn.attempt,
    turn: turn.number,
    model: turn.model,
    inputTokens: usage.inputTokens + usage.cacheCreationInputTokens + usage.cacheReadInputTokens,
    outputTokens: usage.outputTokens,
    costUsd: turn.costUsd,
    stopReason: turn.stopReason,
    ms: turn.ms,
  };
  const found = await db.pool.query<{ stored: boolean | null }>(
    // As json, not jsonb: what was said is kept word for word.
    'SELECT store_answer($1, json_populate_record(NULL::model_turns, $2), $3) AS stored',
    [call, wordsJson(row), storableJson(event)],
  );
  const stored = found.rows[0]?.stored ?? null;
  return stored === null ? 'gone' : stored ? 'first' : 'late';
}

/** Whether any turn of the run was ever answered: before that, a refused key is the environment's fault. */
export async function hasAnyTurn(db: Database, runId: RunId): Promise<boolean> {
  const found = await db.pool.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM model_turns WHERE run_id = $1) AS any`,
    [runId],
  );
  return found.rows[0]?.any === true;
}

export interface Refusal {
  readonly turn: number;
  readonly attempt: number;
  /** Which path it was about; null when it was the submission as a whole. */
  readonly path: string | null;
  readonly reason: string;
  /** What the model is told. */
  readonly reply: string;
}

/** A submission that was not applied: what the model will be told, and the event. Said once. */
export async function recordRefusal(db: Database, step: Fence, refusal: Refusal): Promise<void> {
  const data = {
    attempt: refusal.attempt,
    ...(refusal.path === null ? {} : { path: refusal.path }),
    reason: refusal.reason,
  };
  await queryFenced(
    db,
    step,
    `WITH step AS MATERIALIZED (SELECT ${CHECK_FENCE}), told AS (
       UPDATE model_turns SET reply = $7 FROM step
       WHERE run_id = $1 AND task_id = $2 AND number = $6 AND reply IS NULL
       RETURNING run_id, task_id
     )
     SELECT append_event(run_id, task_id, 'changes.refused', $8) FROM told`,
    [refusal.turn, storable(refusal.reply), storableJson(data)],
  );
}
