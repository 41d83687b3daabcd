/**
 * Detects a lead whose workflow task fails on every attempt, so that a request to it fails instead of waiting for
 * ever.
 */
import { setTimeout as delay } from 'node:timers/promises';
import proto from '@temporalio/proto';
import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import type { LoadedDataConverter } from '@temporalio/common';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { SIGNATURE_PROBLEM } from '../../contract/authenticity.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { KEY_PROBLEM } from '../../encryption/payload-codec.js';
import type { RunId } from '../../contract/ids.js';
import { withoutTemporalData } from '../../shared/words/without-temporal-data.js';

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

/** The lead's workflow task fails on every attempt: this build cannot replay its history, has a bug, or lacks a key. */
export class LeadStuck extends EnvironmentError {
  /** @param cause the failure's message */
  constructor(run: RunId, cause: string) {
    const lead = `The lead agent of run ${run} cannot go on: `;
    if (cause.startsWith(KEY_PROBLEM)) {
      super(
        `${lead}its worker does not have the key that the run is encrypted with${keyIn(cause)}.`,
        'Set LEADWRIGHT_ENCRYPTION_KEYS, or LEADWRIGHT_ENCRYPTION_KEYS_FILE, as it was when the run was started, and start the stack again with it (leadwright down --now, then leadwright up; in a fleet, its workers). The run then continues by itself.',
      );
    } else if (cause.startsWith(SIGNATURE_PROBLEM)) {
      super(
        `${lead}its worker does not have the key that signed the run, because the key was replaced.`,
        `Put the old payload-key back into LEADWRIGHT_HOME (on your own Temporal: the old entry of LEADWRIGHT_ENCRYPTION_KEYS), and start the stack again (leadwright down --now, then leadwright up; in a fleet, its workers). The run then continues by itself. If it is lost: ${withoutTemporalData(null)}`,
      );
    } else {
      super(
        `${lead}its workflow task fails on every try.`,
        `Check with \`leadwright replay --run ${run}\` whether this build can replay it. The build that started the run can.`,
      );
    }
  }
}

/** The id of the key that a failure names, to be appended. */
function keyIn(cause: string): string {
  const [, id] = /^ ("[^"]*")/.exec(cause.slice(KEY_PROBLEM.length)) ?? [];
  return id === undefined ? '' : ` (${id})`;
}

/**
 * Waits for a request to the lead, unless the lead is stuck.
 * @throws LeadStuck when it is stuck; the request stays pending and is handled when the lead continues
 */
export async function awaitUnlessStuck<T>(lead: WorkflowHandle, run: RunId, request: Promise<T>): Promise<T> {
  const done = new AbortController();
  const checkLead = async (limit: number): Promise<void> => {
    // A server that is unavailable for a moment says nothing about the lead.
    const stuck = await findStuckLead(lead, run, limit).catch(() => null);
    if (stuck !== null) throw stuck;
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

/**
 * Reads whether the lead's workflow task has failed this often in a row; null when it has not. The history holds only the
 * first of the failures.
 */
export async function findStuckLead(
  lead: WorkflowHandle,
  run: RunId,
  limit = MAX_FAILURES,
): Promise<LeadStuck | null> {
  const { raw, runId } = await lead.describe();
  const failures = (raw.pendingWorkflowTask?.attempt ?? 1) - 1;
  if (failures < limit) return null;
  const { workflowService, options } = lead.client;
  const newest = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace: options.namespace,
    execution: { workflowId: lead.workflowId, runId },
    maximumPageSize: 1,
  });
  const failed = newest.history?.events?.[0]?.workflowTaskFailedEventAttributes;
  if (!CODE_FAILURES.includes(failed?.cause)) return null;
  return new LeadStuck(run, await causeOf(options.loadedDataConverter, failed?.failure));
}

/** The message of a failure. One that cannot be decrypted is of a worker with other keys than this process. */
async function causeOf(
  converter: LoadedDataConverter,
  failure: Parameters<typeof decodeOptionalFailureToOptionalError>[1],
): Promise<string> {
  try {
    return messageOf(await decodeOptionalFailureToOptionalError(converter, failure));
  } catch {
    return KEY_PROBLEM;
  }
}
