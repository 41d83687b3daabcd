import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setHandler,
  TemporalFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { type RunStatus, hasEnded } from '../contract/run-status.js';
import type { RunId } from '../contract/ids.js';
import { taskEndedSignal } from './adoption.js';
import { landing, record } from './activity-options.js';
import { call } from './authentic.js';
import { isOwnCancellation } from './cancelled-here.js';
import { LeadAgent } from './lead-agent.js';
import {
  REFRESH_SIGNAL,
  UPDATES,
  type LeadState,
  type ProjectRunInput,
  type ProjectRunResult,
} from '../contract/payloads.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';

export const pauseUpdate = defineUpdate(UPDATES.pause);
export const resumeUpdate = defineUpdate(UPDATES.resume);
export const setConcurrencyUpdate = defineUpdate<void, [number]>(UPDATES.setConcurrency);
/** An answer or a retry was recorded: the lead reads the record again. Also restarts a run that has ended. */
export const refreshSignal = defineSignal(REFRESH_SIGNAL);
export const stateQuery = defineQuery<LeadState>('state');

/**
 * The lead agent's workflow. It starts tasks by priority within the concurrency limit and lands finished ones on the
 * run branch until all are done. It waits for people where a question is open. Everything it decides by is in the
 * record, so it can end at any moment and be started again.
 */
export async function projectRun(input: ProjectRunInput): Promise<ProjectRunResult> {
  const lead = new LeadAgent(input);
  setHandlers(lead, input);
  try {
    const end = await lead.run();
    await condition(allHandlersFinished);
    if (end.kind === 'ended') return { status: end.status };
    // A cancellation that arrived with the last event is handled here: the next workflow would not receive it.
    if (isOwnCancellation()) await CancellationScope.current().cancelRequested;
  } catch (error) {
    // Any other error is a bug: it fails the workflow task, which Temporal retries until the fix is deployed.
    if (!(error instanceof TemporalFailure)) throw error;
    await recordEnd(lead, input, error, isOwnCancellation());
    // A person may have retried the failed run while its receiver was told.
    if (!lead.isStale || isOwnCancellation()) throw error;
  }
  // The history got long. If an event arrives first, the server refuses this command and the workflow handles the
  // event.
  return continueAsNew<typeof projectRun>(lead.nextInput());
}

/** Called before anything else: signals and updates in the first workflow task need their handlers. */
function setHandlers(lead: LeadAgent, { runId }: ProjectRunInput): void {
  setHandler(pauseUpdate, () => pause(lead, runId, true), {
    validator: () => validatePause(lead, runId, true),
  });
  setHandler(resumeUpdate, () => pause(lead, runId, false), {
    validator: () => validatePause(lead, runId, false),
  });
  setHandler(setConcurrencyUpdate, (limit) => lead.setConcurrency(limit), { validator: validateConcurrency });
  setHandler(refreshSignal, () => lead.refresh());
  setHandler(taskEndedSignal, (ended) => lead.taskEnded(ended));
  setHandler(stateQuery, () => lead.state());
}

/** Records how the run ended, so that it does not look open without a workflow. */
async function recordEnd(
  lead: LeadAgent,
  { runId }: ProjectRunInput,
  error: TemporalFailure,
  cancelled: boolean,
): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    if (cancelled && isCancellation(error)) {
      await lead.waitForBackgroundWork();
      await call(landing.cancelRun, { summary: 'record the cancellation' }, { runId });
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: 'cancelled' }]);
      // The command that cancels the run waits for this workflow.
      await lead.notifyOfEnd(true);
    } else {
      // What a person retries or answers from now on is kept, also while the tasks end.
      lead.expectNoChange();
      await lead.cancelTasks();
      const reason = error.cause?.message ?? error.message;
      await call(record.reportRun, { summary: 'record the failure' }, { runId, status: 'failed', reason });
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: 'failed' }]);
      await lead.notifyOfEnd();
    }
  });
}

/** @throws ApplicationFailure when the run has ended, or has that state already */
function validatePause(lead: LeadAgent, runId: RunId, paused: boolean): void {
  // The record was not read yet. The client has checked it before sending the update.
  if (!lead.loaded) return;
  const { latest } = lead.report;
  requireNotEnded(runId, latest, paused);
  if (lead.paused !== paused) return;
  throw ApplicationFailure.nonRetryable(paused ? pausedAlready(runId) : notPaused(runId, latest));
}

function pausedAlready(runId: RunId): string {
  return `The run ${runId} is paused already. Continue it with:  leadwright resume ${runId}`;
}

/** @param status what is recorded of the run */
function notPaused(runId: RunId, status: RunStatus): string {
  switch (status) {
    case 'paused':
      return `The run ${runId} is being resumed already.`;
    case 'blocked':
      return `The run ${runId} is blocked, not paused: it waits for a person. List its questions with:  leadwright blockers ${runId}`;
    case 'running':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return `The run ${runId} is ${status}, not paused: there is nothing to resume.`;
  }
}

async function pause(lead: LeadAgent, runId: RunId, paused: boolean): Promise<void> {
  await lead.pause(paused);
  // The run may have ended before the pause was recorded. A run that ends because it was resumed is no error.
  if (paused) requireNotEnded(runId, lead.report.recorded, paused);
}

function requireNotEnded(runId: RunId, status: RunStatus, paused: boolean): void {
  if (!hasEnded(status)) return;
  throw ApplicationFailure.nonRetryable(
    `The run ${runId} is ${status}: it has ended, and there is nothing to ${paused ? 'pause' : 'resume'}.`,
  );
}

/** With more tasks at once, a lead would do little but adopt them, as its history has room for a few thousand events. */
const MAX_CONCURRENCY = 1000;

function validateConcurrency(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_CONCURRENCY) {
    throw ApplicationFailure.nonRetryable(
      `The concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}.`,
    );
  }
}
