import { takeTurn } from '../agent/turn.js';
import type { TurnInput, TurnResult } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeFence } from './support/fence.js';
import { withCancellation } from './support/heartbeat.js';

/** Takes one turn of a task's agent, with heartbeats and a fencing token. */
export async function turn(context: ActivityContext, input: TurnInput): Promise<TurnResult> {
  return withCancellation(context, input.runId, async (signal) =>
    takeTurn(context, await takeFence(context, input), input, signal),
  );
}
