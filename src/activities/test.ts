import { stillRed } from '../agent/questions.js';
import { redReply } from '../agent/result-texts.js';
import { readAttempts } from '../db/attempts.js';
import { askPerson } from '../db/blockers.js';
import { readTask, type TaskRecord } from '../db/task-record.js';
import { recordVerdict, findVerdictOfAttempt, type VerdictRecord } from '../db/verdicts.js';
import type { CommitSha } from '../contract/ids.js';
import type { TestInput, TestResult } from '../contract/payloads.js';
import { withCancellationWhileAwaited } from './heartbeat.js';
import { judgeCommit } from './judge-commit.js';
import { rulesOf, treeWithProtected } from './protected-changes.js';
import { takeFence, requireNotPaused } from './fence.js';
import type { ActivityContext } from './activity-context.js';

/** Tests an attempt's commit: green is ready to land, red a correction or, when none is left, a question. */
export async function test(context: ActivityContext, input: TestInput): Promise<TestResult> {
  return withCancellationWhileAwaited(context, input.runId, async (signal) => {
    const fence = await takeFence(context, input);
    const task = await readTask(context.db, input.runId, input.taskId);
    requireNotPaused(task.run);
    // The one that the attempt was given stands: done again elsewhere, or after a set-up that failed, the test might
    // say something else, which the record and the model were never told.
    const verdict =
      (await findVerdictOfAttempt(context.db, input)) ?? (await judgeAttempt(context, input, task, signal));
    const left = input.corrections < input.maxCorrections;
    await recordVerdict(context.db, fence, {
      ...input,
      command: task.testCommand,
      verdict,
      correction: input.kind === 'correction',
      reply: redReply(task.testCommand, verdict),
      next: left ? { correction: input.corrections + 1, reason: verdict.summary } : null,
    });
    if (verdict.passed) return { next: 'land' };
    if (left) return { next: 'correct' };
    await askPerson(context.db, fence, {
      turn: input.turn,
      reason: 'tests_failed',
      question: stillRed(task.testCommand, input.attempt, verdict.summary),
    });
    return { next: 'blocked' };
  });
}

async function judgeAttempt(
  context: ActivityContext,
  input: TestInput,
  task: TaskRecord,
  signal: AbortSignal,
): Promise<VerdictRecord> {
  const commit = await commitToTest(context, input, task);
  const wanted = { run: task.run, commit, command: task.testCommand, timeoutMs: input.timeoutMs };
  return judgeCommit(context, wanted, signal);
}

/**
 * The attempt's commit, with the files that its task may not change as they are at the commit that it started from.
 * What was applied by today's rules has them so.
 */
async function commitToTest(
  { db, store }: ActivityContext,
  input: TestInput,
  task: TaskRecord,
): Promise<CommitSha> {
  const attempts = await readAttempts(db, input.runId, input.taskId);
  const start = attempts.find(({ commit }) => commit === input.commit)?.start ?? input.commit;
  const tree = await treeWithProtected(store, rulesOf(task.run.plan, task), input.commit, start);
  if (tree === null) return input.commit;
  const message = 'Protected files as they were';
  return store.commitTree({ tree, parents: [input.commit], message, at: NO_DATE });
}

/** The same commit whenever it is made: nobody reads its date. */
const NO_DATE = new Date(0);
