import { verifyRed } from '../agent/questions.js';
import { countAnswers, askAboutRunFenced, settleQuestion } from '../db/blockers.js';
import { areAllTasksCompleted, listTestCommands } from '../db/lead-graph.js';
import { readRun } from '../db/task-record.js';
import type { VerdictInput } from '../contract/payloads.js';
import type { ActivityContext } from './activity-context.js';
import { takeRunFence, requireNotPaused } from './fence.js';
import { withCancellationWhileAwaited } from './heartbeat.js';
import { judgeCommit } from './judge-commit.js';
import { publishRunBranch } from './publish-branch.js';

/**
 * The finished branch: published once more and, when all its tasks are done, checked as a whole. False when
 * that did not succeed: a person is asked.
 */
export async function verify(context: ActivityContext, input: VerdictInput): Promise<boolean> {
  return withCancellationWhileAwaited(context, input.runId, async (signal) => {
    const step = await takeRunFence(context, input.runId);
    const run = await readRun(context.db, input.runId);
    requireNotPaused(run);
    if (!(await publishRunBranch(context, run))) return false;
    const command = run.plan.verify;
    if (run.branchAccepted || command === null || !(await areAllTasksCompleted(context.db, input.runId)))
      return true;
    const tests = await listTestCommands(context.db, input.runId);
    const timeoutMs = Math.max(...tests.map((test) => test.timeoutMs));
    // A person may have mended the machine since a red verdict: after each answer it is given anew.
    const occasion = await countAnswers(context.db, input.runId, 'verify');
    const verdict = await judgeCommit(
      context,
      { run, commit: run.tip, command, timeoutMs, occasion },
      signal,
    );
    if (verdict.passed) {
      // An earlier attempt may have asked, because of a set-up that failed then, and not have been heard.
      await settleQuestion(context.db, run.id, 'verify');
      return true;
    }
    await askAboutRunFenced(context.db, step, {
      reason: 'verify',
      question: verifyRed(command, verdict.summary),
    });
    return false;
  });
}
