import type { WorkflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';

/** Whether to continue as new: not now, only if nothing runs, or once the running tasks have ended. */
export type ContinueAsNewDecision = 'no' | 'when idle' | 'due';

/**
 * Decides by the length of the history whether the lead continues as new. Waiting for running tasks to end leaves slots
 * idle, so only a full history forces it. Before that, the lead continues as new when nothing runs anyway. Pure.
 *
 * @param worked whether the lead has done anything but read the plan. Reading a huge plan may fill a history, so each
 *   lead does some work before it continues as new.
 */
export function decideContinueAsNew(
  {
    continueAsNewSuggested,
    historyLength,
    historySize,
  }: Pick<WorkflowInfo, 'continueAsNewSuggested' | 'historyLength' | 'historySize'>,
  { events, bytes }: HistoryLimits,
  worked: boolean,
): ContinueAsNewDecision {
  if (!worked) return 'no';
  if (historyLength >= events || historySize >= bytes) return 'due';
  return continueAsNewSuggested ? 'when idle' : 'no';
}

/**
 * How many more tasks may start, so that the history has room for the events of all running tasks. One task may always
 * start when none is running: reading a huge plan may fill a history, which is then soon continued as new. Pure.
 */
export function countTasksThatFit(
  { historyLength }: Pick<WorkflowInfo, 'historyLength'>,
  { room }: HistoryLimits,
  running: number,
): number {
  const fit = Math.floor((room.mostEvents - historyLength) / room.eventsOfATask);
  return Math.max(fit - running, running === 0 ? 1 : 0);
}
