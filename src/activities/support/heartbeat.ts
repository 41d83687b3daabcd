import { ApplicationFailure, Context } from '@temporalio/activity';
import { CancelledFailure, type ActivityCancellationDetails } from '@temporalio/common';
import type { RunId } from '../../contract/ids.js';
import type { ActivityContext } from './activity-context.js';

/** Two heartbeats fit into the shortest heartbeat timeout (five seconds), so one may be late. */
const HEARTBEAT_MS = 2_000;

/**
 * The database reports a run's cancellation at once. Temporal reports it in the reply to a heartbeat, at most two
 * seconds later, or a few more on a busy server. An activity can end as cancelled only after Temporal has reported it.
 */
const TEMPORAL_CANCELLATION_MS = 10_000;

/** Runs short work with heartbeats and without cancellation, because it must not stop half way. */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  // Heartbeats alone must not keep the process alive.
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS).unref();
  context.heartbeat();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs long work with heartbeats. `signal` aborts it when its run is cancelled, by a command or in Temporal, or when
 * this worker has to stop. The work continues when the server has given the activity up because heartbeats were
 * missing: a paid model call runs to its end.
 */
export async function withCancellation<T>(
  context: Pick<ActivityContext, 'cancels'>,
  run: RunId,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return runCancellable(context, run, work, (details) => !isGivenUp(details));
}

/** Like `withCancellation`, but `signal` also aborts the work when the server has given the activity up. */
export async function withCancellationWhileAwaited<T>(
  context: Pick<ActivityContext, 'cancels'>,
  run: RunId,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return runCancellable(context, run, work, () => true);
}

/** Whether the server no longer waits for this attempt, although nobody cancelled it. */
function isGivenUp(details: ActivityCancellationDetails | undefined): boolean {
  if (details === undefined || details.cancelRequested || details.workerShutdown) return false;
  return details.notFound || details.timedOut;
}

async function runCancellable<T>(
  { cancels }: Pick<ActivityContext, 'cancels'>,
  run: RunId,
  work: (signal: AbortSignal) => Promise<T>,
  mustAbort: (details: ActivityCancellationDetails | undefined) => boolean,
): Promise<T> {
  const context = Context.current();
  const { cancellationSignal } = context;
  const stop = new AbortController();
  const onCancellation = () => {
    if (mustAbort(context.cancellationDetails)) stop.abort(cancellationSignal.reason);
  };
  const unwatch = cancels.watch(run, () => stop.abort(new CancelledFailure('The run is cancelled.')));
  cancellationSignal.addEventListener('abort', onCancellation);
  if (cancellationSignal.aborted) onCancellation();
  try {
    return await withHeartbeats(async () => {
      try {
        return await work(stop.signal);
      } catch (error) {
        if (stop.signal.aborted) await waitForTemporalCancellation(context);
        throw error;
      }
    });
  } finally {
    cancellationSignal.removeEventListener('abort', onCancellation);
    unwatch();
  }
}

/**
 * Waits until Temporal reports the cancellation too, so that the activity ends as cancelled and not as failed.
 * @throws the cancellation, or a retryable failure after the longest wait
 */
async function waitForTemporalCancellation({ cancelled }: Context): Promise<never> {
  const timeout = AbortSignal.timeout(TEMPORAL_CANCELLATION_MS);
  const timedOut = new Promise<never>((_resolve, reject) => {
    timeout.addEventListener('abort', () =>
      reject(
        ApplicationFailure.retryable(
          'The run is cancelled, but Temporal has not cancelled its workflow yet.',
        ),
      ),
    );
  });
  return Promise.race([cancelled, timedOut]);
}
