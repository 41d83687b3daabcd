/**
 * A person's hand on a run, whether by a command or by a page. Each throws a UsageError, in words for that person,
 * for what cannot be done.
 */
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import type { RunStatus, TaskStatus } from '../../contract/contract.js';
import { findBlocker, recordAnswer, type FoundBlocker } from '../../db/blockers.js';
import { requestCancellation } from '../../db/cancellations.js';
import { findRun, type FoundRun } from '../../db/run-view.js';
import { cancelRun, recordConcurrency, retryTask } from '../../db/task-status.js';
import { NotFoundError, UsageError } from '../../contract/errors.js';
import type { BlockerId, RunId, TaskId } from '../../contract/ids.js';
import { hasEnded } from '../../contract/run-status.js';
import { UPDATES } from '../../contract/payloads.js';
import { requireFittingAnswer, type ParsedAnswer } from './answer-choice.js';
import { getLead, startLead, type RunControlContext } from './lead.js';
import { LeadStuck, awaitUnlessStuck } from './stuck-lead.js';

/** The run, or a word to whoever asked for one that is not there. */
export async function findControllableRun(
  { db }: Pick<RunControlContext, 'db'>,
  id: RunId,
): Promise<FoundRun> {
  const found = await findRun(db, id);
  if (found === null) throw new NotFoundError(`There is no run ${id}. The runs there are: leadwright status`);
  return found;
}

/** The blocker, or a word to whoever asked for one that is not there. */
export async function findAnswerableBlocker(
  { db }: Pick<RunControlContext, 'db'>,
  id: string,
): Promise<FoundBlocker> {
  const found = await findBlocker(db, id);
  if (found !== null) return found;
  throw new NotFoundError(`There is no blocker ${id}. The open ones are: leadwright blockers`);
}

/** Lets what runs end, and starts nothing new; or goes on. */
export async function pauseOrResume(
  steering: RunControlContext,
  id: RunId,
  update: 'pause' | 'resume',
): Promise<void> {
  // What was recorded in a pause, by a command that was killed before it could tell the lead, is read when it goes on.
  await beingLed(steering, id, update === 'resume');
  await asked(steering, id, (lead) => lead.executeUpdate(UPDATES[update]));
}

/** From now on so many tasks at once. */
export async function setConcurrency(steering: RunControlContext, id: RunId, limit: number): Promise<void> {
  await beingLed(steering, id, false);
  await asked(steering, id, (lead) =>
    lead.executeUpdate<void, [number]>(UPDATES.setConcurrency, { args: [limit] }),
  );
  // For the leads to come, and for whoever looks.
  await recordConcurrency(steering.db, id, limit);
}

/** Makes sure that a run which has not ended has a lead, which answers; with `refresh` it reads the record anew. */
async function beingLed(steering: RunControlContext, id: RunId, refresh: boolean): Promise<void> {
  const { status } = await findControllableRun(steering, id);
  if (hasEnded(status)) throw alreadyEnded(id, status);
  await startLead(steering, id, refresh);
}

/** Asks it of the run's lead. A validator's no is the person's to read. */
async function asked(
  steering: RunControlContext,
  id: RunId,
  ask: (lead: WorkflowHandle) => Promise<unknown>,
): Promise<void> {
  const lead = await getLead(steering, id);
  try {
    await awaitUnlessStuck(lead, id, ask(lead));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      throw new UsageError(error.cause?.message ?? error.message);
    throw error;
  }
}

/** Stops a run; what has landed stays on its branch. `already` when it was cancelled before. */
export async function cancel(steering: RunControlContext, id: RunId): Promise<'cancelled' | 'already'> {
  const { status } = await findControllableRun(steering, id);
  if (status === 'cancelled') return 'already';
  if (hasEnded(status)) throw alreadyEnded(id, status);
  try {
    const running = await getLead(steering, id);
    // In Temporal first: killed in between, this leaves a run that is cancelled a little later, and never one
    // that nobody goes on with and nobody cancels.
    await running.cancel();
    await requestCancellation(steering.db, id);
    await untilEnded(running, id);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  // Where no lead was left to do it. The run's end may have been faster: it stands.
  await cancelRun(steering.db, id);
  const { status: now } = await findControllableRun(steering, id);
  if (now !== 'cancelled') throw alreadyEnded(id, now);
  return 'cancelled';
}

/** Waits until the lead has ended. One that cannot go on is ended: its workers have stopped what was under way. */
async function untilEnded(lead: WorkflowHandle, id: RunId): Promise<void> {
  try {
    const ended = lead.result().catch(() => undefined);
    await awaitUnlessStuck(lead, id, ended);
  } catch (error) {
    if (!(error instanceof LeadStuck)) throw error;
    await lead.terminate('A person cancelled the run, and its workflow task failed on every try.');
  }
}

/** Runs a failed or skipped task again, keeping all that is done: the ids of all that is tried again with it. */
export async function retry(steering: RunControlContext, runId: RunId, taskId: TaskId): Promise<string[]> {
  const { run, task } = await statusesOf(steering, runId, taskId);
  const isOver = task === 'failed' || task === 'skipped';
  if (isOver) await lookUpTemporal(steering);
  const again = await retryTask(steering.db, { runId, taskId });
  if (again.length > 0) {
    await startLead(steering, runId, true);
    return again;
  }
  // Whoever had it tried again may have been killed before they told the lead.
  if (task === 'pending' && !hasEnded(run)) await startLead(steering, runId, true);
  throw isOver
    ? new UsageError(`There is nothing to try again: the run ${runId} is ${run}`)
    : new UsageError(`The task ${taskId} is ${task}: only a failed or skipped one is tried again`);
}

async function statusesOf(
  steering: RunControlContext,
  runId: RunId,
  taskId: TaskId,
): Promise<{ readonly run: RunStatus; readonly task: TaskStatus }> {
  const { status } = await findControllableRun(steering, runId);
  const task = await steering.db.prisma.task.findUnique({
    where: { runId_id: { runId, id: taskId } },
    select: { status: true },
  });
  if (task === null) throw new NotFoundError(`The run ${runId} has no task ${taskId}`);
  return { run: status, task: task.status };
}

/**
 * Before something is recorded that the lead is then told: a command that is killed in between is to have as little time
 * for it as can be, and where Temporal is away nothing is recorded.
 */
async function lookUpTemporal(steering: RunControlContext): Promise<void> {
  const { connection } = await steering.temporal();
  await connection.ensureConnected();
}

/** Answers a blocker; the run goes on with it. */
export async function answer(
  steering: RunControlContext,
  blocker: BlockerId,
  given: ParsedAnswer,
  by: string,
): Promise<void> {
  const found = await findAnswerableBlocker(steering, blocker);
  if (found.resolvedBy !== null) throw await answeredBefore(steering, found, found.resolvedBy);
  await lookUpTemporal(steering);
  const first = await recordAnswer(steering.db, found.id, requireFittingAnswer(found, given, by));
  await startLead(steering, found.runId, true);
  if (!first) throw new UsageError(`Somebody else answered the blocker ${blocker} at this moment`);
}

/** Whoever answered may have been killed before they told the lead. */
async function answeredBefore(
  steering: RunControlContext,
  { id, runId }: FoundBlocker,
  by: string,
): Promise<UsageError> {
  if (!hasEnded((await findControllableRun(steering, runId)).status)) await startLead(steering, runId, true);
  return new UsageError(`The blocker ${id} was answered before, by ${by}`);
}

function alreadyEnded(id: RunId, status: RunStatus): UsageError {
  return new UsageError(`The run ${id} is ${status}: it has ended`);
}
