/** Reads the lead's workflow tasks from the Temporal server. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { runBranch } from '../../src/contract/names.js';
import { runId } from '../../src/contract/ids.js';
import type { StackHold } from '../../src/local-stack/hold-stack.js';
import { REFRESH_SIGNAL } from '../../src/contract/payloads.js';
import { isNotFound } from '../../src/worker/fleet.js';
import { withTemporal } from './temporal.js';

const { PENDING_WORKFLOW_TASK_STATE_STARTED } = proto.temporal.api.enums.v1.PendingWorkflowTaskState;
const { EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT } = proto.temporal.api.enums.v1.EventType;
const { TIMEOUT_TYPE_START_TO_CLOSE } = proto.temporal.api.enums.v1.TimeoutType;

/** Signals the lead; returns whether the paused worker has been given the lead's workflow task within `napMs`. */
export async function leadHasTask(
  hold: StackHold,
  run: string,
  { napMs, signal }: { readonly napMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  return withLead(hold, run, async (lead) => {
    await lead.signal(REFRESH_SIGNAL);
    for (const began = Date.now(); Date.now() - began < napMs;) {
      signal.throwIfAborted();
      const { raw } = await lead.describe();
      if (raw.pendingWorkflowTask?.state === PENDING_WORKFLOW_TASK_STATE_STARTED) return true;
      await delay(20);
    }
    return false;
  });
}

/** A workflow task that a worker received and never completed; times by the server's clock. */
export interface LostTask {
  readonly from: number;
  readonly until: number;
}

/** The workflow tasks of the lead that a worker received and that timed out. */
export async function lostLeadTasks(hold: StackHold, run: string): Promise<LostTask[]> {
  return withLead(hold, run, async (lead) => {
    const events = await eventsOf(lead);
    const began = new Map(events.map((event) => [Number(event.eventId), timeOf(event)]));
    return events.flatMap((event) => {
      const { startedEventId, timeoutType } = event.workflowTaskTimedOutEventAttributes ?? {};
      if (event.eventType !== EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT) return [];
      if (timeoutType !== TIMEOUT_TYPE_START_TO_CLOSE) return [];
      return [{ from: began.get(Number(startedEventId)) ?? 0, until: timeOf(event) }];
    });
  });
}

/** None when the lead was never started: the judgement of the run says what is wrong then. */
async function eventsOf(
  lead: WorkflowHandle,
): Promise<readonly proto.temporal.api.history.v1.IHistoryEvent[]> {
  try {
    return (await lead.fetchHistory()).events ?? [];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function timeOf({ eventTime }: proto.temporal.api.history.v1.IHistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}

function withLead<T>(hold: StackHold, run: string, use: (lead: WorkflowHandle) => Promise<T>): Promise<T> {
  return withTemporal(hold, ({ workflow }) => use(workflow.getHandle(runBranch(runId(run)))));
}
