import { readTask } from '../db/task-record.js';
import type { MergeToTest, VerdictInput } from '../contract/payloads.js';
import type { Workplace } from './activity-context.js';
import { demandUnpaused } from './fence.js';
import { beatingWhileAwaited } from './heartbeat.js';
import { judgeMerge } from './judge-commit.js';

/** Tests a merge for the landing that asked; the verdict is kept, and the next landing finds it. */
export async function testMerge(
  place: Workplace,
  input: VerdictInput & MergeToTest & { readonly timeoutMs: number },
): Promise<void> {
  await beatingWhileAwaited(place, input.runId, async (signal) => {
    const task = await readTask(place.db, input.runId, input.taskId);
    demandUnpaused(task.run);
    await judgeMerge(
      place,
      { run: task.run, commit: input.commit, command: task.testCommand, timeoutMs: input.timeoutMs },
      signal,
    );
  });
}
