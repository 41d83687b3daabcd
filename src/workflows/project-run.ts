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
import type { RunStatus } from '../contract/contract.js';
import { hasEnded } from '../contract/run-status.js';
import { landing, record } from './activity-options.js';
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
/** An answer or a retry was recorded: read the record anew. Starts a run again that had ended. */
export const refreshSignal = defineSignal(REFRESH_SIGNAL);
export const stateQuery = defineQuery<LeadState>('state');

/**
 * The lead agent: starts ready tasks in order of priority within the concurrency limit, lands finished ones
 * on the run branch, and goes on until all are done; it waits where a person is asked. All that is needed to
 * decide is in the record, so that it can end at any moment and be started again.
 */
export async function projectRun(input: ProjectRunInput): Promise<ProjectRunResult> {
  const lead = new LeadAgent(input);
  setHandlers(lead);
  try {
    const end = await lead.run();
    await condition(allHandlersFinished);
    if (end.kind === 'ended') return { status: end.status };
    // It came together with what was waited for: the next lead would never hear of it.
    if (isOwnCancellation()) await CancellationScope.current().cancelRequested;
  } catch (error) {
    // Anything wider is a bug of ours: it fails the workflow task and waits for the fix.
    if (!(error instanceof TemporalFailure)) throw error;
    await recordEnd(lead, input, error, isOwnCancellation());
    throw error;
  }
  // The history got long. What comes now makes the server refuse this, and is looked at first.
  return continueAsNew<typeof projectRun>(lead.nextInput());
}

/** Handlers first: what arrives in the first workflow task must find them. */
function setHandlers(lead: LeadAgent): void {
  setHandler(pauseUpdate, () => pause(lead, true), { validator: () => validatePause(lead, true) });
  setHandler(resumeUpdate, () => pause(lead, false), { validator: () => validatePause(lead, false) });
  setHandler(setConcurrencyUpdate, (limit) => lead.setConcurrency(limit), { validator: validateConcurrency });
  setHandler(refreshSignal, () => lead.refresh());
  setHandler(stateQuery, () => lead.state());
}

/** The run must not look open when nobody leads it any more. */
async function recordEnd(
  lead: LeadAgent,
  { runId }: ProjectRunInput,
  error: TemporalFailure,
  cancelled: boolean,
): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    if (cancelled && isCancellation(error)) {
      await lead.waitForBackgroundWork();
      await landing.cancelRun.executeWithOptions({ summary: 'record the cancellation' }, [{ runId }]);
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: 'cancelled' }]);
    } else {
      const reason = error.cause?.message ?? error.message;
      await record.reportRun.executeWithOptions({ summary: 'record the failure' }, [
        { runId, status: 'failed', reason },
      ]);
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: 'failed' }]);
    }
  });
}

function validatePause(lead: LeadAgent, paused: boolean): void {
  // What the record says is not known yet: whoever asks has looked.
  if (!lead.loaded) return;
  requireNotEnded(lead.report.latest, paused);
  if (lead.paused === paused) {
    throw ApplicationFailure.nonRetryable(paused ? 'The run is paused already.' : 'The run is not paused.');
  }
}

async function pause(lead: LeadAgent, paused: boolean): Promise<void> {
  await lead.pause(paused);
  // The run's end was faster in the record, where it stands. One that ends because it is resumed was resumed.
  if (paused) requireNotEnded(lead.report.recorded, paused);
}

function requireNotEnded(status: RunStatus, paused: boolean): void {
  if (!hasEnded(status)) return;
  throw ApplicationFailure.nonRetryable(
    `The run is ${status}: it has ended, and there is nothing to ${paused ? 'pause' : 'resume'}.`,
  );
}

/** More at once than this needs crews between the lead and its tasks. */
const MAX_CONCURRENCY = 1000;

function validateConcurrency(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_CONCURRENCY) {
    throw ApplicationFailure.nonRetryable(`A concurrency is a whole number from 1 to ${MAX_CONCURRENCY}.`);
  }
}
