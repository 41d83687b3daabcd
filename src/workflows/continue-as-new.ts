import type { WorkflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';

/** Whether to continue as new: not now, only if nothing runs, or as soon as the lead waits for running tasks only. */
export type ContinueAsNewDecision = 'no' | 'when idle' | 'due';

/**
 * Decides by the length of the history whether the lead continues as new. The next lead has to adopt the running tasks, so
 * only a full history forces it. Before that, the lead continues as new when nothing runs anyway. Pure.
 *
 * @param worked whether the lead has seen anything end, or change in the record. Reading a huge plan and adopting its tasks may fill a history, and
 *   without progress one lead would follow the other.
 */
export function decideContinueAsNew(
  {
    continueAsNewSuggested,
    historyLength,
    historySize,
  }: Pick<WorkflowInfo, 'continueAsNewSuggested' | 'historyLength' | 'historySize'>,
  { events, bytes }: Pick<HistoryLimits, 'events' | 'bytes'>,
  worked: boolean,
): ContinueAsNewDecision {
  if (!worked) return 'no';
  if (historyLength >= events || historySize >= bytes) return 'due';
  return continueAsNewSuggested ? 'when idle' : 'no';
}
