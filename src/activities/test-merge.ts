import { readTask } from '../db/task-record.js';
import { PAUSED, type MergeToTest, type Paused, type RunActivityInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { withCancellationWhileAwaited } from './support/heartbeat.js';
import { judgeMerge } from './support/judge-commit.js';

/** Tests a merge and stores the verdict, which the next round of landing finds. */
export async function testMerge(
  context: ActivityContext,
  input: RunActivityInput & MergeToTest & { readonly timeoutMs: number },
): Promise<Paused | null> {
  return withCancellationWhileAwaited(context, input.runId, async (signal) => {
    const task = await readTask(context.db, input.runId, input.taskId);
    if (task.run.status === 'paused') return PAUSED;
    await judgeMerge(
      context,
      { run: task.run, commit: input.commit, command: task.testCommand, timeoutMs: input.timeoutMs },
      signal,
    );
    return null;
  });
}
