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
import type { Prisma } from '../../db/generated/client.js';
import { forgetWork } from '../../db/sql/repair.js';
import type { Difference, RepairContext } from './difference.js';
import { endWorkflows } from '../control/end-workflows.js';
import { REPAIR } from './compare-workflows.js';

/** What a task lost. */
interface LostWork {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly attempts: readonly number[];
  /** Whether its newest answer can be applied again: it was made from a tip, it has no reply yet, and no draft is lost. */
  readonly again: boolean;
}

/** A commit that a task may continue from. */
interface OpenWork extends Omit<LostWork, 'attempts'> {
  /** Null for a draft. */
  readonly attempt: number | null;
  readonly commit: CommitSha;
}

/** Finds all tasks whose attempts or drafts have lost their commits. */
export async function compareWork(context: RepairContext): Promise<Difference[]> {
  const tasks = new Map<string, LostWork>();
  for (const { runId, taskId, attempt, commit, again } of await readOpenWork(context)) {
    if (await context.store.has(commit)) continue;
    const key = `${runId}/${taskId}`;
    const before = tasks.get(key)?.attempts ?? [];
    tasks.set(key, { runId, taskId, attempts: attempt === null ? before : [...before, attempt], again });
  }
  return [...tasks.values()].map((lost) => lostWork(context, lost));
}

/** The states in which a run and a task may go on. */
const OPEN = {
  run: { status: { notIn: ['completed', 'cancelled'] } },
  task: { status: { in: ['pending', 'in_progress', 'blocked', 'failed'] } },
} satisfies Prisma.AttemptWhereInput & Prisma.CallResultWhereInput;

/**
 * Reads the attempts that have not landed, the newest drafts, and those of requeued attempts: tasks may continue from
 * them.
 */
async function readOpenWork({ db }: RepairContext): Promise<OpenWork[]> {
  const [attempts, drafts, requeued] = await Promise.all([
    db.prisma.attempt.findMany({
      where: { landing: null, ...OPEN },
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
    }),
    db.prisma.callResult.findMany({
      where: OPEN,
      select: { runId: true, taskId: true, draft: true },
      distinct: ['runId', 'taskId'],
      orderBy: [{ runId: 'asc' }, { taskId: 'asc' }, { turn: 'desc' }, { position: 'desc' }],
    }),
    db.prisma.attempt.findMany({
      where: { landing: { in: ['conflict', 'red'] }, nextDraft: { not: null }, ...OPEN },
      select: { runId: true, taskId: true, nextDraft: true },
      distinct: ['runId', 'taskId'],
      orderBy: [{ runId: 'asc' }, { taskId: 'asc' }, { number: 'desc' }],
    }),
  ]);
  return [
    ...attempts.map(({ runId, taskId, number, turn, start, base, commit, task }) => {
      const [newest] = task.turns;
      return {
        runId: parseRunId(runId),
        taskId: parseTaskId(taskId),
        attempt: number,
        commit: commitSha(commit),
        again: base === start && newest?.number === turn && newest.reply === null,
      };
    }),
    ...[...drafts, ...requeued.map(requeuedDraft)].map(({ runId, taskId, draft }) => ({
      runId: parseRunId(runId),
      taskId: parseTaskId(taskId),
      attempt: null,
      commit: commitSha(draft),
      again: false,
    })),
  ];
}

function requeuedDraft({ nextDraft, ...task }: { runId: string; taskId: string; nextDraft: string | null }) {
  return { ...task, draft: nextDraft ?? '' };
}

function lostWork(context: RepairContext, { runId, taskId, attempts, again }: LostWork): Difference {
  return {
    run: runId,
    kind: 'repairable',
    description: `The commits of the task ${taskId} of the run ${runId} are missing from the git store.`,
    apply: async () => {
      // The workflows know the missing commits, so they are terminated. The next lead reads the record.
      await endWorkflows(context.temporal, runId, REPAIR);
      await forgetWork(context.db.pool, { runId, taskId, attempts, again, reply: LOST });
      return again
        ? 'Its last submission is applied again, to the branch’s tip.'
        : 'It continues from the branch’s tip, in the same conversation. Its agent is asked to submit the whole change again.';
    },
  };
}

/** Appended to the reply to the last answer. */
const LOST =
  'What you changed so far is not in the repository any more. Read what is there and submit the whole change for it.';
