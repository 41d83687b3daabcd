import { takeTurn } from '../agent/turn.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { currentFence } from './support/fence.js';
import { withCancellation } from './support/heartbeat.js';
import { findKnownVerdict } from './support/judge-commit.js';
import { testInTurn, tryInTurn } from './support/test-in-turn.js';
import { tryRequest } from './try-test.js';

/**
 * Takes one turn of a task's agent, with heartbeats and a fencing token. Where this worker has a place for it, it also tries the
 * task's test before its first call, and tests what it submits.
 */
export async function turn(context: ActivityContext, input: TurnInput): Promise<TurnResult> {
  const start = { start: input.work.start, testTimeoutMs: input.testTimeoutMs };
  return withCancellation(context, input.runId, async (signal) => {
    const take = async (given: TurnInput): Promise<TurnResult> => {
      const result = await takeTurn(
        context,
        currentFence(context, given),
        given,
        (task) => findKnownVerdict(context, tryRequest(task, start)),
        signal,
      );
      return testInTurn(context, given, result, signal);
    };
    const result = await take(input);
    const testId = result.next === 'try' ? await tryInTurn(context, input, signal) : null;
    return testId === null ? result : { ...(await take({ ...input, testId })), testId };
  });
}
