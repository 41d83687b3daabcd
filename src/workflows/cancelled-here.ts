import { CancellationScope } from '@temporalio/workflow';

/** Whether the run itself was cancelled, and not something below it. */
export function cancelledHere(): boolean {
  return CancellationScope.current().consideredCancelled;
}
