import type { CommitSha } from '../contract/ids.js';
import { readAttempts } from '../db/attempts.js';
import { readTask } from '../db/task-record.js';
import { PAUSED, type MergeToTest, type Paused, type RunActivityInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { inPlace } from './support/heartbeat.js';
import { judgeMerge } from './support/judge-commit.js';

/** Tests a merge and stores the verdict, which the next round of landing finds. */
export async function testMerge(
  context: ActivityContext,
  input: RunActivityInput & MergeToTest & { readonly timeoutMs: number },
): Promise<Paused | null> {
  return inPlace(context, input.runId, async (signal) => {
    const task = await readTask(context.db, input.runId, input.taskId);
    if (task.run.status === 'paused') return PAUSED;
    const { run, testCommand: command } = task;
    const earlier = await commitsOf(context, input);
    await judgeMerge(
      context,
      { run, commit: input.commit, command, timeoutMs: input.timeoutMs, earlier },
      signal,
    );
    return null;
  });
}

/** What a merge was made of: the commit that it lands on, and the attempt's own, which has passed its test. */
async function commitsOf(
  { db, store }: ActivityContext,
  { runId, taskId, attempt, commit }: RunActivityInput & MergeToTest,
): Promise<CommitSha[]> {
  const [parent, attempts] = await Promise.all([store.parentOf(commit), readAttempts(db, runId, taskId)]);
  const own = attempts.filter(({ number }) => number === attempt).map((each) => each.commit);
  return parent === null ? own : [parent, ...own];
}
