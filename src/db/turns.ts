/** The journal of model turns: an answer is stored once, before anything can fail after it. */
import type Anthropic from '@anthropic-ai/sdk';
import type { TokenUsage } from '../model/prices.js';
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence } from './fencing.js';
import { onlyRow, type RowOf } from './sql/statement.js';
import * as sql from './sql/turns.js';

export type TurnRecord = Readonly<RowOf<typeof sql.selectTurns>>;

/** All turns of a task, in order: its conversation. */
export async function readTurns(db: Database, runId: RunId, taskId: TaskId): Promise<TurnRecord[]> {
  return sql.selectTurns(db.pool, runId, taskId);
}

/** What a turn comes to before its call: `begun` when it may be made. */
export type TurnBegin = 'begun' | 'paused' | 'cancelled' | 'failed' | 'blocked' | 'held';

/**
 * Records that the task's agent is at work on a turn, or says why it is not: the run is paused or cancelled, or an
 * earlier attempt of the turn has ended the task, or asked a person, and was not heard.
 * @throws StaleFence
 */
export async function beginTurn(db: Database, fence: Fence, turn: number): Promise<TurnBegin> {
  return onlyRow(await sql.beginTurn(db.pool, fence, turn)).outcome ?? 'begun';
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
  const { stored } = onlyRow(await sql.storeAnswer(db.pool, call, row, event));
  if (stored === null) return 'gone';
  return stored ? 'first' : 'late';
}

/** Whether any turn of the run was ever answered: before that, a refused key is the environment's fault. */
export async function hasAnyTurn(db: Database, runId: RunId): Promise<boolean> {
  const turn = await db.prisma.modelTurn.findFirst({ where: { runId }, select: { number: true } });
  return turn !== null;
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

/** Records a submission that was not applied: what the model will be told, and the event. Once. @throws StaleFence */
export async function recordRefusal(db: Database, fence: Fence, refusal: Refusal): Promise<void> {
  const { turn, attempt, path, reason, reply } = refusal;
  const event = { attempt, ...(path === null ? {} : { path }), reason };
  await sql.storeRefusal(db.pool, fence, { turn, reply, event });
}
