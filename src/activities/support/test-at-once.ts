import type { TestInput, TurnInput, TurnResult } from '../../contract/payloads.js';
import { testAttempt } from '../test.js';
import type { ActivityContext } from './activity-context.js';

/**
 * Tests a turn's submission in the activity of the turn: that saves another activity, which is a billed action, and the workflow
 * task before it. When this worker has no place for it, or anything goes wrong, the workflow has it tested on the queue for
 * commands, where failures have their own retries.
 */
export async function testAtOnce(
  context: ActivityContext,
  input: TurnInput,
  result: TurnResult,
  signal: AbortSignal,
): Promise<TurnResult> {
  if (result.next !== 'test') return result;
  const { commit } = result;
  try {
    const tested = await context.places.useInTime(input.runId, signal, async () => {
      await context.untilTasksGoOn();
      return testAttempt(context, testInput(input, commit), signal);
    });
    return tested === null || tested.next === 'paused' ? result : { ...result, tested };
  } catch {
    signal.throwIfAborted();
    return result;
  }
}

function testInput(
  { runId, taskId, turn, attempt, kind, corrections, maxCorrections, testTimeoutMs }: TurnInput,
  commit: TestInput['commit'],
): TestInput {
  const key = { runId, taskId, turn, attempt };
  return { ...key, commit, kind, corrections, maxCorrections, timeoutMs: testTimeoutMs };
}
