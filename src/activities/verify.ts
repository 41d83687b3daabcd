import { verifyRed } from '../agent/answer/questions.js';
import { countAnswers, askAboutRunFenced, settleQuestion } from '../db/blockers.js';
import { areAllTasksCompleted, listTestCommands } from '../db/lead-graph.js';
import { readRun } from '../db/task-record.js';
import { recordVerified } from '../db/verdicts.js';
import { PAUSED, type Paused, type RunActivityInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeRunFence } from './support/fence.js';
import { inPlace } from './support/heartbeat.js';
import { judgeCommit } from './support/judge-commit.js';
import { publishRunBranch } from './support/publish-branch.js';

/**
 * Publishes the finished branch once more and, when all tasks are completed, runs the plan's `verify` on it, which may take
 * minutes; then the branch is published again.
 * @returns false when either failed: a person is asked
 */
export async function verify(context: ActivityContext, input: RunActivityInput): Promise<boolean | Paused> {
  return inPlace(context, input.runId, async (signal) => {
    const fence = await takeRunFence(context, input.runId);
    const run = await readRun(context.db, input.runId);
    if (run.status === 'paused') return PAUSED;
    if (!(await publishRunBranch(context, run))) return false;
    const command = run.plan.verify;
    if (run.branchAccepted || command === null || !(await areAllTasksCompleted(context.db, input.runId)))
      return true;
    const tests = await listTestCommands(context.db, input.runId);
    const timeoutMs = Math.max(...tests.map((test) => test.timeoutMs));
    // A person may have fixed the machine since a red verdict, so each answer makes the command run again.
    const occasion = await countAnswers(context.db, input.runId, 'verify');
    const verdict = await judgeCommit(
      context,
      { run, commit: run.tip, command, timeoutMs, occasion },
      signal,
    );
    await recordVerified(context.db, fence, run.tip, verdict);
    if (verdict.passed) {
      // An earlier attempt of this activity may have asked, for example after a failed set-up, and lost its result.
      await settleQuestion(context.db, fence.worker, run.id, 'verify');
      // While `verify` ran, somebody may have moved or deleted the branch.
      return publishRunBranch(context, run);
    }
    await askAboutRunFenced(context.db, fence, {
      reason: 'verify',
      question: verifyRed(command, verdict.summary),
    });
    return false;
  });
}
