/**
 * One turn of a task's conversation: build the request → reserve money → call → store → interpret. Each step is one
 * function in one file, and data flows downwards only.
 */
import type { AgentContext, Turn } from './agent-context.js';
import { buildRequest } from './request/build-request.js';
import { needsTry } from './request/task-start.js';
import { interpretOutcome } from './answer/interpret-outcome.js';
import { makeCall } from './call/make-call.js';
import { reserveCall } from './call/reserve-call.js';
import { storeOutcome } from './answer/store-answer.js';
import { runCancelled } from './call/turn-errors.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import type { CommitSha } from '../contract/ids.js';
import { readAttempts } from '../db/attempts.js';
import { readCallResults } from '../db/call-results.js';
import type { Database } from '../db/database.js';
import type { Fence } from '../db/fencing.js';
import { readTask, type TaskRecord } from '../db/task-record.js';
import { beginTurn, readTurns } from '../db/turns.js';
import type { VerdictRecord } from '../db/verdicts.js';

/**
 * Takes a turn and decides what follows it. Safe to repeat: a retry of the activity finds the stored answer, or the
 * recorded failure or question.
 * @param findTried finds the verdict that the task's test has on its start; null when it has none
 * @throws ApplicationFailure, for Temporal to retry
 */
export async function takeTurn(
  context: AgentContext,
  fence: Fence,
  input: TurnInput,
  findTried: (task: TaskRecord) => Promise<VerdictRecord | null>,
  signal: AbortSignal,
): Promise<TurnResult> {
  const { db, calls } = context;
  // Before the call is made again that one of them answers.
  for (const call of await context.keptAnswers.recordLeft(db)) calls.markSettled(call);
  // Registers the fence too: nothing was read or written before.
  const { outcome: begin, wasRefused } = await beginTurn(db, fence, input.turn);
  if (begin === 'cancelled') throw runCancelled();
  if (begin === 'blocked')
    return (await testedBefore(db, input)) ?? { next: begin, ...(await draftAfter(db, input)) };
  if (begin !== 'begun') return { next: begin };

  const [task, earlier] = await Promise.all([
    readTask(db, input.runId, input.taskId),
    readTurns(db, input.runId, input.taskId),
  ]);
  let tried: Promise<VerdictRecord | null> | undefined;
  const turn: Turn = {
    fence,
    input,
    task,
    earlier,
    wasRefused,
    findTried: () => (tried ??= findTried(task)),
  };
  const stored = earlier.find(({ number }) => number === input.turn);
  if (stored !== undefined) {
    const { answer: content, stopReason, refusal, kind: turnKind } = stored;
    return interpretOutcome(context, turn, { kind: 'answered', content, stopReason, refusal, turnKind });
  }

  if (await needsTry(db, turn)) return { next: 'try' };

  // 1. Build the request.
  const request = await buildRequest(context, turn, signal);
  // 2. Reserve the call and its money.
  const reserved = await reserveCall(context, turn, request, signal);
  if (reserved.kind !== 'reserved') return interpretOutcome(context, turn, reserved);
  try {
    // 3. Call the model.
    const outcome = await makeCall(context, turn, reserved, signal);
    // 4. Store the answer, or how the call ended, before any later step can fail.
    const recorded = await storeOutcome(context, turn, reserved, outcome, signal);
    // 5. Interpret it.
    return await interpretOutcome(context, turn, recorded);
  } finally {
    calls.markEnded(reserved.call);
  }
}

/** An earlier attempt may have tested the submission, and have raised a blocker because no correction was left. */
async function testedBefore(db: Database, input: TurnInput): Promise<TurnResult | null> {
  const attempts = await readAttempts(db, input.runId, input.taskId);
  const tested = attempts.find(({ number, passed }) => number === input.attempt && passed !== null);
  return tested === undefined ? null : { next: 'test', commit: tested.commit };
}

/** The draft as the turn left it: an earlier attempt may have carried out its calls before it raised a blocker. */
async function draftAfter(db: Database, input: TurnInput): Promise<{ readonly draft?: CommitSha }> {
  const last = (await readCallResults(db, input)).at(-1);
  return last === undefined ? {} : { draft: last.draft };
}
