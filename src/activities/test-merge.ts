import { readTask } from '../db/task-record.js';
import type { MergeToTest, RunActivityInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { requireNotPaused } from './support/fence.js';
import { withCancellationWhileAwaited } from './support/heartbeat.js';
import { judgeMerge } from './support/judge-commit.js';

/** Tests a merge and stores the verdict, which the next round of landing finds. */
export async function testMerge(
  context: ActivityContext,
  input: RunActivityInput & MergeToTest & { readonly timeoutMs: number },
): Promise<void> {
  await withCancellationWhileAwaited(context, input.runId, async (signal) => {
    const task = await readTask(context.db, input.runId, input.taskId);
    requireNotPaused(task.run);
    await judgeMerge(
      context,
      { run: task.run, commit: input.commit, command: task.testCommand, timeoutMs: input.timeoutMs },
      signal,
    );
  });
}
