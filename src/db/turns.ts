/** The journal of model turns: an answer is stored once, before anything can fail after it. */
import type Anthropic from '@anthropic-ai/sdk';
import type { TokenUsage } from '../model/prices.js';
import type { RunId, TaskId } from '../ids.js';
import { CHECK_STEP, queryInStep, type Step } from './steps.js';
import { storable, storableJson, type Database } from './database.js';

export interface TurnRecord {
  readonly number: number;
  readonly attempt: number;
  readonly prompt: Anthropic.MessageParam['content'];
  readonly answer: Anthropic.ContentBlock[];
  readonly stopReason: Anthropic.StopReason;
  readonly shown: readonly string[];
  readonly reply: string | null;
  /** When the answer came: the date of the commit that it becomes. */
  readonly answeredAt: Date;
}

/** All turns of a task, in order: its conversation. */
export async function readTurns(db: Database, runId: RunId, taskId: TaskId): Promise<TurnRecord[]> {
  const found = await db.pool.query<TurnRecord>(
    `SELECT number, attempt, prompt, answer, stop_reason AS "stopReason", shown, reply,
       answered_at AS "answeredAt"
     FROM model_turns WHERE run_id = $1 AND task_id = $2 ORDER BY number`,
    [runId, taskId],
  );
  return found.rows;
}

/** The task's agent is at work: said once, when its status changes by it. */
export async function beginWork(db: Database, step: Step): Promise<void> {
  await queryInStep(db, step, `SELECT ${CHECK_STEP}, move_task($1, $2, 'in_progress')`);
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

/** Stores an answer and its event in one statement; false when that turn was stored before. */
export async function storeTurn(db: Database, turn: NewTurn): Promise<boolean> {
  const { usage } = turn;
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
  const stored = await db.pool.query(
    `WITH stored AS (
       INSERT INTO model_turns (run_id, task_id, number, attempt, model, request_hash, prompt, answer, stop_reason,
         input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens, cost_usd, ms, shown)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
       ON CONFLICT DO NOTHING RETURNING run_id, task_id,
         input_tokens + cache_creation_tokens + cache_read_tokens + output_tokens AS tokens
     ), counted AS (
       UPDATE tasks SET actual_tokens = actual_tokens + stored.tokens, workflow_step = 'generate'
       FROM stored WHERE tasks.run_id = stored.run_id AND tasks.id = stored.task_id
       RETURNING tasks.run_id, tasks.id
     )
     SELECT append_event(run_id, id, 'model.call', $17) FROM counted`,
    [
      turn.runId,
      turn.taskId,
      turn.number,
      turn.attempt,
      turn.model,
      turn.requestHash,
      storableJson(turn.prompt),
      storableJson(turn.answer),
      turn.stopReason,
      usage.inputTokens,
      usage.outputTokens,
      usage.cacheCreationInputTokens,
      usage.cacheReadInputTokens,
      turn.costUsd,
      turn.ms,
      turn.shown.map(storable),
      storableJson(event),
    ],
  );
  return stored.rowCount === 1;
}

/** Whether any turn of the run was ever answered: before that, a refused key is the environment's fault. */
export async function anyTurn(db: Database, runId: RunId): Promise<boolean> {
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
export async function recordRefusal(db: Database, step: Step, refusal: Refusal): Promise<void> {
  const data = {
    attempt: refusal.attempt,
    ...(refusal.path === null ? {} : { path: refusal.path }),
    reason: refusal.reason,
  };
  await queryInStep(
    db,
    step,
    `WITH step AS MATERIALIZED (SELECT ${CHECK_STEP}), told AS (
       UPDATE model_turns SET reply = $7 FROM step
       WHERE run_id = $1 AND task_id = $2 AND number = $6 AND reply IS NULL
       RETURNING run_id, task_id
     )
     SELECT append_event(run_id, task_id, 'changes.refused', $8) FROM told`,
    [refusal.turn, storable(refusal.reply), storableJson(data)],
  );
}
