/**
 * Run control: what a person can do to a run, by a command or the dashboard (retries: retry.ts). Every function throws a
 * UsageError with a message for that person when the request cannot be carried out.
 */
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { type RunStatus, hasEnded } from '../../contract/run-status.js';
import { SETTLED_BY, recordAnswer, type Choice, type FoundBlocker } from '../../db/blockers.js';
import { requestCancellation } from '../../db/cancellations.js';
import type { SqlDatabase } from '../../db/database.js';
import { cancelRun, recordConcurrency, resumeCancelledRun } from '../../db/task-status.js';
import { isUnavailable } from '../../db/transient-errors.js';
import { EnvironmentError, UsageError } from '../../contract/errors.js';
import type { BlockerId, RunId } from '../../contract/ids.js';
import { UPDATES } from '../../contract/payloads.js';
import { untilAborted } from '../../shared/async/until-aborted.js';
import { requireFittingAnswer, type ParsedAnswer } from './answer-choice.js';
import { findAnswerableBlocker, findControllableRun } from './find-run.js';
import { cancelLead, getLead, requireTemporal, startLead, type RunControlContext } from './lead.js';
import { endWorkflows } from './end-workflows.js';
import { explainStopped } from './retry.js';
import { sendUpdate } from './send-update.js';
import { LeadStuck, awaitUnlessStuck } from './stuck-lead.js';

/** Pauses a run (each task stops after its current step: a call, a command or a test), or resumes it. */
export async function pauseOrResume(
  context: RunControlContext,
  id: RunId,
  update: 'pause' | 'resume',
): Promise<void> {
  // On resume the lead reads the database again, for a change during the pause whose command was killed before it could
  // signal the lead.
  await ensureLead(context, id, update, update === 'resume');
  await requestLead(context, id, update, (lead) => lead.executeUpdate(UPDATES[update]));
}

/** Resumes a paused run, or continues a cancelled one with what was open. Returns what it was. */
export async function resume(context: RunControlContext, id: RunId): Promise<'paused' | 'cancelled'> {
  const { status } = await findControllableRun(context, id);
  if (status !== 'cancelled') {
    await pauseOrResume(context, id, 'resume');
    return 'paused';
  }
  await waitForCancelledLead(await getLead(context, id), id);
  if (
    !(await resumeCancelledRun(context.db, id)) &&
    (await findControllableRun(context, id)).status === 'cancelled'
  )
    throw new UsageError(
      `The run ${id} is cancelled and has neither an open task nor a question about it: there is nothing to continue`,
    );
  await startLead(context, id, true);
  return 'cancelled';
}

/** The receiver of `on_end` has a minute for each of three tries, with pauses in between. */
const LONGEST_END_MS = 4 * 60_000;

/**
 * Waits for a cancelled lead, which may still be notifying the `on_end` receiver: a signal to it would be lost.
 * @throws EnvironmentError when that takes longer than this process waits; nothing has changed then
 */
async function waitForCancelledLead(lead: WorkflowHandle, id: RunId): Promise<void> {
  const limit = AbortSignal.timeout(LONGEST_END_MS);
  try {
    await untilAborted(waitUntilEnded(lead, id), limit);
  } catch (error) {
    if (!limit.aborted && !isUnavailable(error)) throw error;
    throw new EnvironmentError(
      `The lead agent of run ${id} has not ended yet: its on_end command may still run, or Temporal does not answer.`,
      'The run stays cancelled. Resume it again in a minute; if that does not help, run `leadwright doctor --repair`.',
      { cause: error },
    );
  }
}

/** Sets how many tasks may run at once. */
export async function setConcurrency(context: RunControlContext, id: RunId, limit: number): Promise<void> {
  await ensureLead(context, id, 'setConcurrency', false);
  await requestLead(context, id, 'setConcurrency', (lead) =>
    lead.executeUpdate<void, [number]>(UPDATES.setConcurrency, { args: [limit] }),
  );
  // Recorded for later executions of the lead, and for display.
  await recordConcurrency(context.db, id, limit);
}

/** Makes sure that the lead of a run that has not ended is open. With `refresh`, the lead reads the database again. */
async function ensureLead(
  context: RunControlContext,
  id: RunId,
  update: LeadUpdate,
  refresh: boolean,
): Promise<void> {
  const { status } = await findControllableRun(context, id);
  if (hasEnded(status)) throw await alreadyEnded(context, id, status, update);
  await startLead(context, id, refresh);
}

/** Sends an update to the run's lead. The message of a validator that refuses it goes to the person. */
async function requestLead(
  context: RunControlContext,
  id: RunId,
  update: LeadUpdate,
  request: (lead: WorkflowHandle) => Promise<unknown>,
): Promise<void> {
  const lead = await getLead(context, id);
  try {
    await awaitUnlessStuck(
      lead,
      id,
      sendUpdate(() => request(lead)),
    );
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError)) throw error;
    // The run may have ended since it was checked. Temporal's texts say neither which run nor how.
    const { status } = await findControllableRun(context, id);
    throw hasEnded(status)
      ? await alreadyEnded(context, id, status, update)
      : notCarriedOut(id, update, error);
  }
}

/** The error for an update that the lead of an open run did not carry out. */
function notCarriedOut(
  id: RunId,
  update: LeadUpdate,
  error: WorkflowUpdateFailedError | WorkflowNotFoundError,
): UsageError | EnvironmentError {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  const hasLeadEnded =
    error instanceof WorkflowNotFoundError ||
    (cause instanceof ApplicationFailure && cause.type === LEAD_ENDED);
  if (hasLeadEnded)
    return new EnvironmentError(
      `The lead agent of run ${id} ended before it carried out the request.`,
      'Repeat the command: it starts a new lead agent.',
      { cause: error },
    );
  // An activity of the update may have been cancelled with the run.
  if ([cause, cause?.cause].some((each) => each instanceof CancelledFailure))
    return new UsageError(`The run ${id} is being cancelled, and ${NO_LONGER[update]}.`);
  return new UsageError(cause?.message ?? error.message);
}

/** The type of the server's failure when a workflow ends in the middle of an update, as one that is terminated does. */
const LEAD_ENDED = 'AcceptedUpdateCompletedWorkflow';

/** Cancels a run. What has landed stays on its branch. Returns `already` when it was cancelled before. */
export async function cancel(context: RunControlContext, id: RunId): Promise<'cancelled' | 'already'> {
  const { status } = await findControllableRun(context, id);
  if (status === 'cancelled') return 'already';
  if (hasEnded(status)) throw await alreadyEnded(context, id, status, 'cancel');
  const lead = await getLead(context, id);
  // First in Temporal: if this process is killed in between, the lead still cancels the run, only a little later.
  await cancelLead(lead);
  await requestCancellation(context.db, id);
  // A worker may have started it since. One that starts it from now on sees the request (startAwaitedLead).
  await cancelLead(lead);
  const hasRunEnded = async () => hasEnded((await findControllableRun(context, id)).status);
  try {
    await waitUntilEnded(lead, id);
  } catch (error) {
    // A lead that has recorded the end may still be notifying the `on_end` receiver.
    if (!(await hasRunEnded())) throw error;
  }
  if (!(await hasRunEnded()))
    // The lead was terminated earlier, and its tasks outlive it. They end before the record says that the run is cancelled:
    // a repeated cancel stops there.
    await endWorkflows({ workflow: lead.client }, id, 'A person cancelled the run, which has no lead.');
  // For a run without a lead. A run that ended before the cancellation keeps its status.
  await cancelRun(context.db, id);
  const { status: now } = await findControllableRun(context, id);
  if (now !== 'cancelled') throw await alreadyEnded(context, id, now, 'cancel');
  return 'cancelled';
}

/**
 * Waits until the lead has ended. Terminates a stuck lead and its tasks, whose activities the workers have stopped already.
 */
async function waitUntilEnded(lead: WorkflowHandle, id: RunId): Promise<void> {
  try {
    await awaitUnlessStuck(lead, id, lead.result());
  } catch (error) {
    // However it has ended. Another error, such as a deadline, does not say that it has.
    if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return;
    if (!(error instanceof LeadStuck)) throw error;
    const reason = 'A person cancelled the run, and the workflow task of its lead failed on every try.';
    await endWorkflows({ workflow: lead.client }, id, reason);
  }
}

/** Answers a blocker, and signals the lead to continue. */
export async function answer(
  context: RunControlContext,
  blocker: BlockerId,
  given: ParsedAnswer<Choice>,
  by: string,
): Promise<void> {
  const found = await findAnswerableBlocker(context, blocker);
  if (found.resolvedBy !== null) throw await alreadyAnswered(context, found, found.resolvedBy);
  await requireTemporal(context);
  const first = await recordAnswer(context.db, found.id, requireFittingAnswer(found, given, by));
  await startLead(context, found.runId, true);
  if (!first) throw new UsageError(`Somebody else answered the blocker ${blocker} at the same time`);
}

/** The error for an answered blocker. Signals the lead, in case the earlier answer was killed before it could. */
async function alreadyAnswered(
  context: RunControlContext,
  { id, runId }: FoundBlocker,
  by: string,
): Promise<UsageError> {
  if (!hasEnded((await findControllableRun(context, runId)).status)) await startLead(context, runId, true);
  return answeredBefore(id, by);
}

function answeredBefore(id: BlockerId, by: string): UsageError {
  const why = by === SETTLED_BY ? ': its cause is gone, and the run goes on without an answer' : '';
  return new UsageError(`The blocker ${id} was answered before, by ${by}${why}`);
}

/**
 * Checks that a run can be paused, resumed or cancelled, before a stack is started for it. Needs nothing but the record.
 * @throws UsageError when the run has ended; a cancelled run can be resumed, and cancelled again
 */
export async function requireNotEnded(
  context: { readonly db: SqlDatabase },
  id: RunId,
  request: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  const { status } = await findControllableRun(context, id);
  if (status === 'cancelled' && request !== 'pause') return;
  if (hasEnded(status)) throw await alreadyEnded(context, id, status, request);
}

/**
 * Checks that a blocker is open, or that its run is, whose lead may not have read the answer. Needs nothing but the record.
 * @throws UsageError when the blocker was answered and the run has ended
 */
export async function requireAnswerable(
  context: { readonly db: SqlDatabase },
  found: FoundBlocker,
): Promise<void> {
  if (found.resolvedBy === null) return;
  const { status } = await findControllableRun(context, found.runId);
  if (hasEnded(status)) throw answeredBefore(found.id, found.resolvedBy);
}

type LeadUpdate = keyof typeof UPDATES;

/** What can no longer be done to a run that has ended. */
const NO_LONGER = {
  pause: 'there is nothing to pause',
  resume: 'there is nothing to resume',
  setConcurrency: 'its concurrency cannot be changed',
  cancel: 'there is nothing to cancel',
} as const satisfies Record<LeadUpdate | 'cancel', string>;

async function alreadyEnded(
  context: { readonly db: SqlDatabase },
  id: RunId,
  status: RunStatus,
  request: LeadUpdate | 'cancel',
): Promise<UsageError> {
  // It was cancelled just now: the command that continues a cancelled run found it paused.
  if (request === 'resume' && status === 'cancelled')
    return new UsageError(`The run ${id} is cancelled. Continue it with:  leadwright resume ${id}`);
  const ended = `The run ${id} is ${status}: it has ended, and ${NO_LONGER[request]}.`;
  if (request !== 'resume' || status !== 'failed') return new UsageError(ended);
  const stopped = await explainStopped(context.db, id);
  if (stopped !== null) return stopped;
  return new UsageError(
    `${ended} Try its failed and skipped tasks again with:  leadwright retry ${id} --failed`,
  );
}
