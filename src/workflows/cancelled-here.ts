import { CancellationScope } from '@temporalio/workflow';

/** Whether the run itself was cancelled, and not something below it. */
export function isOwnCancellation(): boolean {
  return CancellationScope.current().consideredCancelled;
}
