/** What Temporal Cloud would bill for a history (docs.temporal.io/cloud/actions). */
import { setTimeout as delay } from 'node:timers/promises';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';

/**
 * The billed actions of one history. A child workflow costs two: one in its parent's history, one in its own. Heartbeats
 * and refused updates are billed too, but leave no event. Two things count for more here than there: each marker (all
 * those of one workflow task are one action) and signal-with-start of a new workflow (one action). Pure.
 */
export function actionsOf({ events }: History): number {
  let actions = 0;
  for (const event of events ?? []) {
    if (
      // By a client, a parent or continue-as-new.
      event.workflowExecutionStartedEventAttributes ||
      // The parent's intent; the child's own history has its start.
      event.startChildWorkflowExecutionInitiatedEventAttributes ||
      // Sent by a client or by a workflow.
      event.workflowExecutionSignaledEventAttributes ||
      event.workflowExecutionUpdateAcceptedEventAttributes ||
      event.upsertWorkflowSearchAttributesEventAttributes ||
      event.timerStartedEventAttributes ||
      event.markerRecordedEventAttributes
    ) {
      actions += 1;
    }
    // Each attempt of an activity is an action; the event is written once, for the last attempt.
    actions += event.activityTaskStartedEventAttributes?.attempt ?? 0;
  }
  return actions;
}

/** What the histories of a run hold together. */
export interface HistoryFigures {
  readonly events: number;
  readonly actions: number;
}

/** Histories read at once: each takes the server a few milliseconds. */
const READERS = 8;

/** The server lists a workflow a moment after it has recorded it: milliseconds, seconds under load. */
const LISTED_WITHIN_MS = 60_000;
const LIST_AGAIN_MS = 500;

/** Reads all histories of a run: those of its leads and of its tasks. */
export async function readHistories(temporal: Client, run: string, tasks: number): Promise<HistoryFigures> {
  const total = { events: 0, actions: 0 };
  const remaining = (await listWorkflows(temporal, run, tasks + 1)).values();
  const read = async (): Promise<void> => {
    for (const { workflowId, runId } of remaining) {
      const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      total.events += history.events?.length ?? 0;
      total.actions += actionsOf(history);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return total;
}

interface ListedWorkflow {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Lists the workflows of a run that has ended.
 * @param least how many there are at least: a lead, and one for each task
 * @throws Error when the server lists fewer
 */
async function listWorkflows(
  temporal: Client,
  run: string,
  least: number,
): Promise<readonly ListedWorkflow[]> {
  const last = performance.now() + LISTED_WITHIN_MS;
  for (;;) {
    const found: ListedWorkflow[] = [];
    for await (const { workflowId, runId } of temporal.workflow.list({ query: `LeadwrightRun = '${run}'` }))
      found.push({ workflowId, runId });
    if (found.length >= least) return found;
    if (performance.now() > last)
      throw new Error(`Temporal lists ${found.length} workflows of run ${run}, which has ${least}`);
    await delay(LIST_AGAIN_MS);
  }
}
