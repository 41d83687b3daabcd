import { takeTurn } from '../agent/turn.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { currentFence } from './support/fence.js';
import { withCancellation } from './support/heartbeat.js';
import { findKnownVerdict } from './support/judge-commit.js';
import { testAtOnce } from './support/test-at-once.js';
import { tryRequest } from './try-test.js';

/** Takes one turn of a task's agent, with heartbeats and a fencing token, and tests what it submits if there is a place for that. */
export async function turn(context: ActivityContext, input: TurnInput): Promise<TurnResult> {
  const start = { start: input.work.start, testTimeoutMs: input.testTimeoutMs };
  return withCancellation(context, input.runId, async (signal) => {
    const result = await takeTurn(
      context,
      currentFence(context, input),
      input,
      (task) => findKnownVerdict(context, tryRequest(task, start)),
      signal,
    );
    return testAtOnce(context, input, result, signal);
  });
}
