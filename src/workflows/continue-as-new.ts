import type { WorkflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';

/** Whether the lead goes on as a new one: not yet, when nothing runs, or as soon as what runs has ended. */
export type ContinueAsNewDecision = 'no' | 'when quiet' | 'due';

/**
 * Whether the history is long enough to go on as a new one. Waiting for the last of what runs leaves slots
 * idle, so that only a full history makes the lead do it; before that it takes the chance when nothing runs. Pure.
 *
 * @param worked reading a huge plan may fill a history: each lead does something before it is followed by the next
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
  return continueAsNewSuggested ? 'when quiet' : 'no';
}

/**
 * How many more tasks may start, so that the history has room for all that those at work may still add. One may
 * always start where none is at work: reading a huge plan may fill a history, and then it is soon renewed. Pure.
 */
export function countTasksThatFit(
  { historyLength }: Pick<WorkflowInfo, 'historyLength'>,
  { room }: HistoryLimits,
  atWork: number,
): number {
  const fit = Math.floor((room.mostEvents - historyLength) / room.eventsOfATask);
  return Math.max(fit - atWork, atWork === 0 ? 1 : 0);
}
