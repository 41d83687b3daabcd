import { verifyRed } from '../agent/questions.js';
import { countAnswers, askAboutRunFenced, settleQuestion } from '../db/blockers.js';
import { areAllTasksCompleted, listTestCommands } from '../db/lead-graph.js';
import { readRun } from '../db/task-record.js';
import type { VerdictInput } from '../contract/payloads.js';
import type { Workplace } from './activity-context.js';
import { takeRunFence, demandUnpaused } from './fence.js';
import { beatingWhileAwaited } from './heartbeat.js';
import { judgeCommit } from './judge-commit.js';
import { publish } from './publish-branch.js';

/**
 * The finished branch: published once more and, when all its tasks are done, checked as a whole. False when
 * that did not succeed: a person is asked.
 */
export async function verify(place: Workplace, input: VerdictInput): Promise<boolean> {
  return beatingWhileAwaited(place, input.runId, async (signal) => {
    const step = await takeRunFence(place, input.runId);
    const run = await readRun(place.db, input.runId);
    demandUnpaused(run);
    if (!(await publish(place, run))) return false;
    const command = run.plan.verify;
    if (run.branchAccepted || command === null || !(await areAllTasksCompleted(place.db, input.runId)))
      return true;
    const tests = await listTestCommands(place.db, input.runId);
    const timeoutMs = Math.max(...tests.map((test) => test.timeoutMs));
    // A person may have mended the machine since a red verdict: after each answer it is given anew.
    const occasion = await countAnswers(place.db, input.runId, 'verify');
    const verdict = await judgeCommit(place, { run, commit: run.tip, command, timeoutMs, occasion }, signal);
    if (verdict.passed) {
      // An earlier attempt may have asked, because of a set-up that failed then, and not have been heard.
      await settleQuestion(place.db, run.id, 'verify');
      return true;
    }
    await askAboutRunFenced(place.db, step, {
      reason: 'verify',
      question: verifyRed(command, verdict.summary),
    });
    return false;
  });
}
