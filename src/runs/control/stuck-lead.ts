/** A lead agent that cannot go on: whoever asks something of it is told, instead of waiting for ever. */
import { setTimeout as delay } from 'node:timers/promises';
import proto from '@temporalio/proto';
import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import { EnvironmentError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';

const { WorkflowTaskFailedCause: CAUSES } = proto.temporal.api.enums.v1;

/** What code did that cannot go on with this history; a task may also fail for what the server saw, and passes then. */
const OF_THE_CODE: readonly unknown[] = [
  CAUSES.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
  CAUSES.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
];

/** A lead that is well answers within a second; looked at more often, the server would only be asked more. */
const LOOK_MS = 2_000;

/** A workflow task that failed once may pass on another worker; the server waits ten seconds before the third try. */
const TRIES = 2;

/** The lead's workflow tasks fail on every try: this build cannot go on with its history, or has a bug. */
export class LeadStuck extends EnvironmentError {
  constructor(run: RunId) {
    super(
      `The lead agent of run ${run} cannot go on: its workflow task fails on every try.`,
      `\`leadwright replay --run ${run}\` says whether this build can go on with it; the build that began it can.`,
    );
  }
}

/**
 * What was asked of a lead, as soon as it is done.
 * @throws LeadStuck when it cannot be done; what was asked stays asked, and is done when the lead goes on
 */
export async function awaitUnlessStuck<T>(lead: WorkflowHandle, run: RunId, asked: Promise<T>): Promise<T> {
  const over = new AbortController();
  const look = async (tries: number): Promise<void> => {
    // A server that is away for a moment says nothing of the lead.
    const failed = await failedTries(lead).catch(() => 0);
    if (failed >= tries) throw new LeadStuck(run);
  };
  const watch = async (): Promise<never> => {
    for (;;) {
      await delay(LOOK_MS, undefined, { signal: over.signal });
      await look(TRIES);
    }
  };
  try {
    return await Promise.race([asked, watch()]);
  } catch (error) {
    // The server gives an update up when the lead's task fails over it.
    if (error instanceof ServiceError) await look(1);
    throw error;
  } finally {
    over.abort();
    // Nobody waits for it any more.
    asked.catch(() => undefined);
  }
}

/** How often the workflow task that is due has failed; only the first of its failures is written in the history. */
async function failedTries(lead: WorkflowHandle): Promise<number> {
  const { raw, runId } = await lead.describe();
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt <= 1) return 0;
  const { workflowService, options } = lead.client;
  const newest = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace: options.namespace,
    execution: { workflowId: lead.workflowId, runId },
    maximumPageSize: 1,
  });
  const failed = newest.history?.events?.[0]?.workflowTaskFailedEventAttributes;
  return OF_THE_CODE.includes(failed?.cause) ? attempt - 1 : 0;
}
