/**
 * Finds unfinished work whose commits are missing. Its tasks continue from the branch's tip, in the same
 * conversation.
 */
import {
  commitSha,
  runId as parseRunId,
  taskId as parseTaskId,
  type CommitSha,
  type RunId,
  type TaskId,
} from '../../contract/ids.js';
import { forgetAttempts } from '../../db/sql/repair.js';
import type { Difference, RepairContext } from './difference.js';
import { endWorkflows } from './compare-workflows.js';

interface LostAttempt {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly number: number;
  readonly commit: CommitSha;
  /** Whether it can be applied again: it was made from a tip, from the newest answer, which has no reply yet. */
  readonly again: boolean;
}

/** Finds all tasks whose attempts have lost their commits. */
export async function compareWork(context: RepairContext): Promise<Difference[]> {
  const tasks = new Map<string, LostAttempt[]>();
  for (const attempt of await readOpenAttempts(context)) {
    if (await context.store.has(attempt.commit)) continue;
    const key = `${attempt.runId}/${attempt.taskId}`;
    tasks.set(key, [...(tasks.get(key) ?? []), attempt]);
  }
  return [...tasks.values()].flatMap((lost) => {
    const [first] = lost;
    return first === undefined ? [] : [lostWork(context, first, lost)];
  });
}

/** Reads the attempts that have not landed, and from which their tasks may continue. */
async function readOpenAttempts(context: RepairContext): Promise<LostAttempt[]> {
  const rows = await context.db.prisma.attempt.findMany({
    where: {
      landing: null,
      run: { status: { notIn: ['completed', 'cancelled'] } },
      task: { status: { in: ['pending', 'in_progress', 'blocked', 'failed'] } },
    },
    select: {
      runId: true,
      taskId: true,
      number: true,
      turn: true,
      start: true,
      base: true,
      commit: true,
      task: {
        select: { turns: { orderBy: { number: 'desc' }, take: 1, select: { number: true, reply: true } } },
      },
    },
    orderBy: [{ runId: 'asc' }, { taskId: 'asc' }, { number: 'asc' }],
  });
  return rows.map(({ runId, taskId, number, turn, start, base, commit, task }) => {
    const [newest] = task.turns;
    return {
      runId: parseRunId(runId),
      taskId: parseTaskId(taskId),
      number,
      commit: commitSha(commit),
      again: base === start && newest?.number === turn && newest.reply === null,
    };
  });
}

function lostWork(
  context: RepairContext,
  { runId, taskId }: LostAttempt,
  lost: readonly LostAttempt[],
): Difference {
  const again = lost.at(-1)?.again === true;
  return {
    run: runId,
    kind: 'repairable',
    description: `The commits of the task ${taskId} of the run ${runId} are missing from the git store.`,
    apply: async () => {
      // The workflows know the missing commits, so they are terminated. The next lead reads the record.
      await endWorkflows(context.temporal, runId);
      await forgetAttempts(context.db.pool, {
        runId,
        taskId,
        attempts: lost.map(({ number }) => number),
        again,
        reply: LOST,
      });
      return again
        ? 'Its last submission is applied again, to the branch’s tip.'
        : 'It continues from the branch’s tip, in the same conversation. Its agent is asked to submit the whole change again.';
    },
  };
}

/** Appended to the reply to the last submission. */
const LOST =
  'What you submitted so far is not in the repository any more. Read what is there and submit the whole change for it.';
