/** Work under way whose commits are gone: its tasks go on from the branch's tip, in the same conversation. */
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
  /** It was made straight from a tip, of the newest answer, and nobody has said anything to that since. */
  readonly again: boolean;
}

export async function compareWork(context: RepairContext): Promise<Difference[]> {
  const tasks = new Map<string, LostAttempt[]>();
  for (const attempt of await openAttempts(context)) {
    if (await context.store.has(attempt.commit)) continue;
    const key = `${attempt.runId}/${attempt.taskId}`;
    tasks.set(key, [...(tasks.get(key) ?? []), attempt]);
  }
  return [...tasks.values()].flatMap((lost) => {
    const [first] = lost;
    return first === undefined ? [] : [lostWork(context, first, lost)];
  });
}

/** Attempts that have not landed, and that their tasks may go on from. */
async function openAttempts(context: RepairContext): Promise<LostAttempt[]> {
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
    description: `What the task ${taskId} of the run ${runId} has done so far is no longer in the git store.`,
    apply: async () => {
      // They know of the commits that are gone; the lead that is started next reads the record.
      await endWorkflows(context.temporal, runId);
      await forgetAttempts(context.db.pool, {
        runId,
        taskId,
        attempts: lost.map(({ number }) => number),
        again,
        reply: LOST,
      });
      return again
        ? 'Its last submission is applied again, on the branch’s tip.'
        : 'It goes on from the branch’s tip, in the same conversation: its agent is told to submit all of it again.';
    },
  };
}

/** Behind whatever came of its last submission, which is still the result of that. */
const LOST =
  'What you submitted so far is not in the repository any more. Read what is there and submit the whole change for it.';
