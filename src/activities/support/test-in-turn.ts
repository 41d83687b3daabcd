/**
 * Tests in the activity of a turn: they save other activities, which are billed actions, and the workflow tasks before those. When
 * this worker has no place for one, or anything goes wrong, the workflow has it run on the queue for commands, where failures
 * have their own retries.
 */
import type { RunId } from '../../contract/ids.js';
import type { TestInput, TurnInput, TurnResult } from '../../contract/payloads.js';
import { testAttempt } from '../test.js';
import { tryAtStart } from '../try-test.js';
import type { ActivityContext } from './activity-context.js';
import { currentFence } from './fence.js';

/** Tries the task's test at its start. @returns the id of the verdict, or null when the queue is to try it */
export async function tryInTurn(
  context: ActivityContext,
  { runId, taskId, testTimeoutMs, work }: TurnInput,
  signal: AbortSignal,
): Promise<number | null> {
  const input = { runId, taskId, testTimeoutMs, start: work.start };
  const tried = await inTurn(context, runId, signal, () => tryAtStart(context, input, signal));
  return typeof tried === 'number' ? tried : null;
}

/** Tests the submission of a turn. @returns the turn's result, with what follows the test unless the queue is to run it */
export async function testInTurn(
  context: ActivityContext,
  input: TurnInput,
  result: TurnResult,
  signal: AbortSignal,
): Promise<TurnResult> {
  if (result.next !== 'test') return result;
  const attempt = testInput(input, result.commit);
  const tested = await inTurn(context, input.runId, signal, () =>
    // The turn has registered this fence.
    testAttempt(context, currentFence(context, attempt), attempt, signal),
  );
  return tested === null || tested.next === 'paused' ? result : { ...result, tested };
}

async function inTurn<T>(
  context: ActivityContext,
  run: RunId,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await context.places.useInTime(run, signal, async () => {
      await context.untilTasksGoOn();
      return work();
    });
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

function testInput(
  { runId, taskId, turn, attempt, kind, corrections, maxCorrections, testTimeoutMs }: TurnInput,
  commit: TestInput['commit'],
): TestInput {
  const key = { runId, taskId, turn, attempt };
  return { ...key, commit, kind, corrections, maxCorrections, timeoutMs: testTimeoutMs };
}
