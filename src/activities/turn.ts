import { takeTurn } from '../agent/turn.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { currentFence } from './support/fence.js';
import { withCancellation } from './support/heartbeat.js';
import { findKnownVerdict } from './support/judge-commit.js';
import { tryRequest } from './try-test.js';

/** Takes one turn of a task's agent, with heartbeats and a fencing token. */
export async function turn(context: ActivityContext, input: TurnInput): Promise<TurnResult> {
  const start = { start: input.work.start, testTimeoutMs: input.testTimeoutMs };
  return withCancellation(context, input.runId, (signal) =>
    takeTurn(
      context,
      currentFence(context, input),
      input,
      (task) => findKnownVerdict(context, tryRequest(task, start)),
      signal,
    ),
  );
}
