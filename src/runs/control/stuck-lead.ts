/**
 * Detects a lead whose workflow task fails on every attempt, so that a request to it fails instead of waiting for
 * ever.
 */
import { setTimeout as delay } from 'node:timers/promises';
import proto from '@temporalio/proto';
import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import { EnvironmentError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';

const { WorkflowTaskFailedCause: CAUSES } = proto.temporal.api.enums.v1;

/** Failures caused by the workflow code. Other failures come from the server and are transient. */
const CODE_FAILURES: readonly unknown[] = [
  CAUSES.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
  CAUSES.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
];

/**
 * Time between two checks. A healthy lead answers within a second, so more frequent checks would only load the
 * server.
 */
const CHECK_MS = 2_000;

/**
 * A workflow task that failed once may succeed on another worker. The server waits ten seconds before the third
 * attempt.
 */
const MAX_FAILURES = 2;

/** The lead's workflow task fails on every attempt: this build cannot replay its history, or has a bug. */
export class LeadStuck extends EnvironmentError {
  constructor(run: RunId) {
    super(
      `The lead agent of run ${run} cannot go on: its workflow task fails on every try.`,
      `Check with \`leadwright replay --run ${run}\` whether this build can replay it. The build that started the run can.`,
    );
  }
}

/**
 * Waits for a request to the lead, unless the lead is stuck.
 * @throws LeadStuck when it is stuck; the request stays pending and is handled when the lead continues
 */
export async function awaitUnlessStuck<T>(lead: WorkflowHandle, run: RunId, request: Promise<T>): Promise<T> {
  const done = new AbortController();
  const checkLead = async (limit: number): Promise<void> => {
    // A server that is unavailable for a moment says nothing about the lead.
    const failures = await countFailures(lead).catch(() => 0);
    if (failures >= limit) throw new LeadStuck(run);
  };
  const watch = async (): Promise<never> => {
    for (;;) {
      await delay(CHECK_MS, undefined, { signal: done.signal });
      await checkLead(MAX_FAILURES);
    }
  };
  try {
    return await Promise.race([request, watch()]);
  } catch (error) {
    // The server aborts an update when the lead's workflow task fails on it.
    if (error instanceof ServiceError) await checkLead(1);
    throw error;
  } finally {
    done.abort();
    // A later rejection of the abandoned request must not end the process.
    request.catch(() => undefined);
  }
}

/** Counts the failures of the pending workflow task. The history holds only the first one. */
async function countFailures(lead: WorkflowHandle): Promise<number> {
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
  return CODE_FAILURES.includes(failed?.cause) ? attempt - 1 : 0;
}
