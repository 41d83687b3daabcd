/** What retries failed and skipped tasks of a run, and what a refused retry says. */
import type { RunStatus, TaskStatus } from '../../contract/run-status.js';
import { listOpenBlockers } from '../../db/blockers.js';
import type { Prisma } from '../../db/generated/client.js';
import type { SqlDatabase } from '../../db/database.js';
import { INTERNAL, readRunStop } from '../../db/run-stop.js';
import { reopenRun, retryTask } from '../../db/task-status.js';
import { NotFoundError, UsageError } from '../../contract/errors.js';
import { taskId as parseTaskId, type RunId, type TaskId } from '../../contract/ids.js';
import type { BlockerView } from '../../contract/run-view.js';
import { formatList } from '../../shared/words/format.js';
import { summaryLine } from '../../shared/words/summary-line.js';
import { findControllableRun } from './find-run.js';
import { requireTemporal, startLead, type RunControlContext } from './lead.js';

/** What a check needs that only reads the record. */
type Recorded = Pick<RunControlContext, 'db'>;

/** The statuses of a run and of one of its tasks. */
interface Statuses {
  readonly run: RunStatus;
  readonly task: TaskStatus;
  /** The run ended for a reason that is not in its tasks, such as a red base. */
  readonly wasStopped: boolean;
}

/** Retries a failed or skipped task, keeping all finished work. Returns the ids of all tasks that are retried. */
export async function retry(context: RunControlContext, runId: RunId, taskId: TaskId): Promise<string[]> {
  const statuses = await requireRetryable(context, runId, taskId);
  await requireTemporal(context);
  const again = await retryTask(context.db, { runId, taskId });
  if (again.length > 0) {
    await startLead(context, runId, true);
    return again;
  }
  if (statuses.task !== 'pending')
    throw new UsageError(`There is nothing to retry: the run ${runId} is ${statuses.run}`);
  await repeatRetry(context, runId, statuses.run);
  throw await notRetryable(context, runId, taskId, statuses);
}

/**
 * Checks that a retry has something to do: the task is failed or skipped, or an earlier retry of it may not have reached the
 * lead. Needs nothing but the record.
 * @throws UsageError with what can be done instead
 */
export async function requireRetryable(context: Recorded, runId: RunId, taskId: TaskId): Promise<Statuses> {
  const statuses = await statusesOf(context, runId, taskId);
  const { run, task, wasStopped } = statuses;
  if (run === 'cancelled' && task !== 'completed') throw ofCancelledRun(runId);
  if (task === 'failed' || task === 'skipped' || (task === 'pending' && !wasStopped)) return statuses;
  const stopped = run === 'failed' && task === 'pending' ? await explainStopped(context.db, runId) : null;
  throw stopped ?? (await notRetryable(context, runId, taskId, statuses));
}

function ofCancelledRun(id: RunId): UsageError {
  return new UsageError(
    `The run ${id} is cancelled, so no task of it can be retried. Continue the run with:  leadwright resume ${id}`,
  );
}

/** The error for a task that is neither failed nor skipped. It says what can be done instead. */
async function notRetryable(
  context: Recorded,
  runId: RunId,
  taskId: TaskId,
  { task }: Statuses,
): Promise<UsageError> {
  const blocker = task === 'blocked' ? await findQuestion(context, runId, taskId) : undefined;
  if (blocker === undefined)
    return new UsageError(`The task ${taskId} is ${task}: ${await describeRetryable(context, runId)}`);
  // The list of blockers shows all of it.
  const question = summaryLine(blocker.question.replace(/\s+/gu, ' ').trim());
  return new UsageError(
    `The task ${taskId} is blocked: it waits for an answer to ${JSON.stringify(question)}. ` +
      `Answer with:  leadwright answer ${blocker.id} …  The possible answers:  leadwright blockers ${runId}`,
  );
}

/** The oldest open question of a blocked task, or the one about the run that it waits for. */
async function findQuestion(
  { db }: Recorded,
  runId: RunId,
  taskId: TaskId,
): Promise<BlockerView | undefined> {
  const open = await listOpenBlockers(db, runId);
  return open.find((each) => each.taskId === taskId) ?? open.find((each) => each.taskId === null);
}

/** Tasks that a refused retry lists: as many as fit into a few lines. */
const TASKS_SHOWN = 20;

/** Which tasks can be retried, and which of them the run has. */
async function describeRetryable({ db }: Recorded, runId: RunId): Promise<string> {
  const tasks = await db.prisma.task.findMany({
    where: { runId, status: { in: ['failed', 'skipped'] } },
    select: { id: true, status: true },
    orderBy: { number: 'asc' },
  });
  const rule = `only a failed or skipped task can be retried. The run ${runId} has`;
  if (tasks.length === 0) return `${rule} none.`;
  const listed = tasks.map(({ id, status }) => `${id} (${status})`);
  return `${rule}: ${formatList(listed, TASKS_SHOWN)}`;
}

/**
 * Signals the lead of a run with a pending task: an earlier retry may have been killed before it could. If the lead was about
 * to end, it has recorded the failure all the same.
 */
async function repeatRetry(context: RunControlContext, id: RunId, status: RunStatus): Promise<void> {
  if (status === 'failed') await reopenRun(context.db, id);
  await startLead(context, id, true);
}

/** Retries all failed and skipped tasks of a run. Returns their ids. */
export async function retryFailed(context: RunControlContext, runId: RunId): Promise<string[]> {
  const { status, failed } = await requireAnyRetryable(context, runId);
  await requireTemporal(context);
  if (failed.length === 0) {
    await repeatRetry(context, runId, status);
    throw nothingFailed(runId, status);
  }
  const again: string[] = [];
  // Retrying one also retries what was skipped because of it.
  for (const taskId of failed) again.push(...(await retryTask(context.db, { runId, taskId })));
  if (again.length === 0) throw new UsageError(`There is nothing to retry: the run ${runId} is ${status}`);
  await startLead(context, runId, true);
  return again;
}

/**
 * Checks that retrying all failed and skipped tasks has something to do, as `requireRetryable` does for one. Returns these
 * tasks; there is none when an earlier retry may not have reached the lead.
 * @throws UsageError with what can be done instead
 */
export async function requireAnyRetryable(
  { db }: Recorded,
  runId: RunId,
): Promise<{ readonly status: RunStatus; readonly failed: readonly TaskId[] }> {
  const { status } = await findControllableRun({ db }, runId);
  if (status === 'cancelled') throw ofCancelledRun(runId);
  const tasks = await db.prisma.task.findMany({
    where: { runId, status: { in: ['failed', 'skipped'] } },
    select: { id: true },
    orderBy: { number: 'asc' },
  });
  const failed = tasks.map(({ id }) => parseTaskId(id));
  if (failed.length > 0) return { status, failed };
  const run = { status: { in: ['failed', 'running'] }, stopCode: null } satisfies Prisma.RunWhereInput;
  if ((await db.prisma.task.count({ where: { runId, status: 'pending', run } })) > 0)
    return { status, failed };
  const stopped = status === 'failed' ? await explainStopped(db, runId) : null;
  throw stopped ?? nothingFailed(runId, status);
}

/** The error for a failed run that no retry continues, with what does; null for any other run. */
export async function explainStopped(db: SqlDatabase, id: RunId): Promise<UsageError | null> {
  const stop = await readRunStop(db, id);
  if (stop === null) return null;
  const why = `\`leadwright status ${id}\` says why.`;
  return new UsageError(
    stop.code === INTERNAL
      ? `The lead agent of the run ${id} failed: ${why} Continue the run with:  leadwright doctor --repair`
      : `The run ${id} was stopped before its tasks could start: ${why} Start it again with the same \`leadwright run\``,
  );
}

function nothingFailed(id: RunId, status: RunStatus): UsageError {
  return new UsageError(`The run ${id} is ${status} and has no failed or skipped task`);
}

async function statusesOf(context: Recorded, runId: RunId, taskId: TaskId): Promise<Statuses> {
  await findControllableRun(context, runId);
  const task = await context.db.prisma.task.findUnique({
    where: { runId_id: { runId, id: taskId } },
    select: { status: true, run: { select: { status: true, stopCode: true } } },
  });
  if (task === null)
    throw new NotFoundError(
      `The run ${runId} has no task ${taskId}: ${await describeRetryable(context, runId)}`,
    );
  const { run, status } = task;
  return { run: run.status, wasStopped: run.stopCode !== null, task: status };
}
