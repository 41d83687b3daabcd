import { CancellationScope } from '@temporalio/workflow';

/** Whether this workflow itself was cancelled, and not only a child workflow or an activity. */
export function isOwnCancellation(): boolean {
  return CancellationScope.current().consideredCancelled;
}
