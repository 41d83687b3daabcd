import { stillRed } from '../agents/questions.js';
import { redReply } from '../agents/replies.js';
import { askPerson } from '../db/blockers.js';
import { readTask } from '../db/task-record.js';
import { recordVerdict } from '../db/verdicts.js';
import type { MergeToTest, TestInput, TestResult, VerdictInput } from '../workflows/interface.js';
import { beatingWhileAwaited } from './beat.js';
import { judgeCommit, judgeMerge } from './judge-commit.js';
import { begun } from './step.js';
import type { Workplace } from './workplace.js';

/** Tests an attempt's commit: green is ready to land, red a correction or, when none is left, a question. */
export async function test(place: Workplace, input: TestInput): Promise<TestResult> {
  return beatingWhileAwaited(place, input.runId, async (signal) => {
    const step = await begun(place, input);
    const task = await readTask(place.db, input.runId, input.taskId);
    const verdict = await judgeCommit(
      place,
      { run: task.run, commit: input.commit, command: task.testCommand, timeoutMs: input.timeoutMs },
      signal,
    );
    const left = input.corrections < input.maxCorrections;
    await recordVerdict(place.db, step, {
      ...input,
      command: task.testCommand,
      verdict,
      correction: input.kind === 'correction',
      reply: redReply(task.testCommand, verdict),
      next: left ? { correction: input.corrections + 1, reason: verdict.summary } : null,
    });
    if (verdict.passed) return { next: 'land' };
    if (left) return { next: 'correct' };
    await askPerson(place.db, step, {
      turn: input.turn,
      reason: 'tests_failed',
      question: stillRed(task.testCommand, input.attempt, verdict.summary),
    });
    return { next: 'blocked' };
  });
}

/** Tests a merge for the landing that asked; the verdict is kept, and the next landing finds it. */
export async function testMerge(
  place: Workplace,
  input: VerdictInput & MergeToTest & { readonly timeoutMs: number },
): Promise<void> {
  await beatingWhileAwaited(place, input.runId, async (signal) => {
    const task = await readTask(place.db, input.runId, input.taskId);
    await judgeMerge(
      place,
      { run: task.run, commit: input.commit, command: task.testCommand, timeoutMs: input.timeoutMs },
      signal,
    );
  });
}
