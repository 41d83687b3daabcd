/** The journal of model turns. An answer is stored once, before anything else happens with it. */
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { TokenUsage } from '../model/prices.js';
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence, TaskKey } from './fencing.js';
import { RecordMissing } from './sql/refusals.js';
import { onlyRow, type RowOf } from './sql/statement.js';
import * as sql from './sql/turns.js';

export { answerAsStored, type Opening } from './sql/turns.js';
export type TurnKind = (typeof sql.TURN_KINDS)[number];
export type TurnRecord = Readonly<RowOf<typeof sql.selectTurns>>;

interface TurnKey extends TaskKey {
  readonly turn: number;
}

/** Reads all turns of a task in order: its conversation. */
export async function readTurns(db: Database, runId: RunId, taskId: TaskId): Promise<TurnRecord[]> {
  return sql.selectTurns(db.pool, runId, taskId);
}

export type AnswerRecord = Readonly<RowOf<typeof sql.selectAnswer>>;

/** Reads the stored answer of a turn. @throws RecordMissing when there is none: it was removed */
export async function readAnswer(db: Database, { runId, taskId, turn }: TurnKey): Promise<AnswerRecord> {
  const [found] = await sql.selectAnswer(db.pool, runId, taskId, turn);
  return found ?? throwMissing(turn, taskId);
}

export type AnsweredTurnRecord = Readonly<RowOf<typeof sql.selectAnsweredTurn>>;

/**
 * Reads what the record has of a turn that was answered: its date, its commit, and what the task knows after it.
 * @throws RecordMissing when the turn was removed
 */
export async function readAnsweredTurn(
  db: Database,
  { runId, taskId, turn }: TurnKey,
): Promise<AnsweredTurnRecord> {
  const [found] = await sql.selectAnsweredTurn(db.pool, runId, taskId, turn);
  return found ?? throwMissing(turn, taskId);
}

function throwMissing(turn: number, task: TaskId): never {
  throw new RecordMissing(`Turn ${turn} of ${task} was removed.`);
}

export interface TurnBegin {
  /** `begun` when the call may be made, otherwise the outcome of the turn. */
  readonly outcome: 'begun' | 'paused' | 'cancelled' | 'failed' | 'blocked' | 'waiting_on_run';
  /** Whether the provider refused an earlier request of the turn, and a person has answered. */
  readonly wasRefused: boolean;
}

/** The reason of a question about a request that the provider refused. */
export const REFUSED_REQUEST = 'model_request';

/**
 * Registers the fence of an attempt and moves the task to in_progress for its turn, or returns why the turn is not begun:
 * the run is paused or cancelled, or an earlier attempt of the turn has ended the task or raised a blocker, and its
 * result was lost.
 * @throws StaleFence when a newer attempt has registered
 */
export async function beginTurn(db: Database, fence: Fence, turn: number): Promise<TurnBegin> {
  const { outcome, wasAsked } = onlyRow(await sql.beginTurn(db.pool, fence, turn, REFUSED_REQUEST));
  return { outcome: outcome ?? 'begun', wasRefused: wasAsked };
}

/**
 * The part of the run's budget that is not spent, for the message of a turn; null for a run without a budget. A retry of
 * the turn gets the same figure, so that it sends the same message.
 * @throws StaleFence
 */
export async function tellBudget(db: Database, fence: Fence, turn: number): Promise<number | null> {
  return (await sql.tellBudget(db.pool, fence, turn))[0]?.leftUsd ?? null;
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
  /** What the provider says about a refusal. */
  readonly refusal: string | null;
  readonly usage: TokenUsage;
  readonly costUsd: number;
  readonly ms: number;
  readonly shown: readonly string[];
  readonly knownBlobs: readonly string[];
  readonly conversation: number;
  readonly kind: TurnKind;
  /** On the first turn of a conversation only. */
  readonly opening: sql.Opening | null;
  /** For a summary: the tokens of the conversation that it ends. */
  readonly compactedTokens: number | null;
}

/** What the record takes of an answer: JSON, which can wait in a file. */
export type NewAnswer = Readonly<z.infer<typeof newAnswerSchema>>;

/** What is read back from a file has to be what a process wrote, so only what is compared is described. */
export const newAnswerSchema = z.object({
  /** The call's number in the ledger. */
  call: z.int(),
  /** A row of `model_turns`. */
  turn: z.looseObject({ run_id: z.string(), task_id: z.string(), number: z.int() }),
  /** The data of the events; null without a compaction. */
  event: z.looseObject({}),
  compaction: z.looseObject({}).nullable(),
});

/** Describes an answer for the record. */
export function newAnswer(call: number, turn: NewTurn): NewAnswer {
  const { usage } = turn;
  return {
    call,
    turn: {
      run_id: turn.runId,
      task_id: turn.taskId,
      number: turn.number,
      attempt: turn.attempt,
      model: turn.model,
      request_hash: turn.requestHash,
      prompt: turn.prompt,
      answer: turn.answer,
      stop_reason: turn.stopReason,
      refusal: turn.refusal,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cache_creation_tokens: usage.cacheCreationInputTokens,
      cache_read_tokens: usage.cacheReadInputTokens,
      cost_usd: turn.costUsd,
      ms: turn.ms,
      shown: turn.shown,
      known_blobs: turn.knownBlobs,
      conversation: turn.conversation,
      kind: turn.kind,
      opening: turn.opening,
    },
    event: {
      attempt: turn.attempt,
      turn: turn.number,
      model: turn.model,
      inputTokens: usage.inputTokens + usage.cacheCreationInputTokens + usage.cacheReadInputTokens,
      outputTokens: usage.outputTokens,
      costUsd: turn.costUsd,
      stopReason: turn.stopReason,
      ms: turn.ms,
    },
    compaction:
      turn.compactedTokens === null
        ? null
        : {
            attempt: turn.attempt,
            turn: turn.number,
            fromTokens: turn.compactedTokens,
            toTokens: usage.outputTokens,
          },
  };
}

/**
 * Stores the answer of a call with its events and its cost, in one statement. There is no fence: the answer was paid
 * for, whichever attempt is the newest.
 * @returns `late` when the turn already has an answer, which stays, while the cost of this one is counted as well;
 *   `gone` when the run was removed
 */
export async function storeTurn(
  db: Database,
  { call, turn, event, compaction }: NewAnswer,
): Promise<'first' | 'late' | 'gone'> {
  const { stored } = onlyRow(await sql.storeAnswer(db.pool, call, turn, event, compaction));
  if (stored === null) return 'gone';
  return stored ? 'first' : 'late';
}

/** Whether any turn of the run was answered. Before that, a refused key is an error of the environment. */
export async function hasAnyTurn(db: Database, runId: RunId): Promise<boolean> {
  const turn = await db.prisma.modelTurn.findFirst({ where: { runId }, select: { number: true } });
  return turn !== null;
}

export interface Refusal {
  readonly turn: number;
  readonly attempt: number;
  /** The path that was refused; null when the whole submission was. */
  readonly path: string | null;
  readonly reason: string;
  /** The reply to the model. */
  readonly reply: string;
}

/** Records a refused submission: the reply to the model, and the event. A repeat does nothing. @throws StaleFence */
export async function recordRefusal(db: Database, fence: Fence, refusal: Refusal): Promise<void> {
  const { turn, attempt, path, reason, reply } = refusal;
  const event = { attempt, ...(path === null ? {} : { path }), reason };
  await sql.storeRefusal(db.pool, fence, { turn, reply, event });
}
