import { ApplicationFailure, Context } from '@temporalio/activity';
import { CancelledFailure, type ActivityCancellationDetails } from '@temporalio/common';
import type { RunId } from '../../contract/ids.js';
import type { ActivityContext } from './activity-context.js';

/**
 * Each heartbeat is a billed action of Temporal Cloud and work for the server. Half of the heartbeat timeout
 * (src/workflows/activity-options.ts): one may be late by that much. The first is due after this time too, so most
 * activities send none.
 */
const HEARTBEAT_MS = 30_000;

/**
 * The database reports a run's cancellation at once. Temporal reports it only in the reply to a heartbeat, and an
 * activity can end as cancelled only after that. So a stopped activity sends heartbeats at this interval: the cancellation
 * reaches all workflows of a run within a second, or a few more on a busy server.
 */
const CANCELLED_HEARTBEAT_MS = 500;
const TEMPORAL_CANCELLATION_MS = 10_000;

/** Runs short work with heartbeats and without cancellation, because it must not stop half way. */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  // Heartbeats alone must not keep the process alive.
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS).unref();
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

/** Runs a command on a commit, or several one after the other: like `withCancellationWhileAwaited`, in one of the worker's places. */
export async function inPlace<T>(
  context: Pick<ActivityContext, 'cancels' | 'places'>,
  run: RunId,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withCancellationWhileAwaited(context, run, (signal) =>
    context.places.use(run, signal, () => work(signal)),
  );
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
  // Its start crossed the notice: only Temporal can tell whether it is cancelled.
  const endQuestions = cancels.isRecent(run) ? askTemporal(context) : () => undefined;
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
    endQuestions();
    unwatch();
  }
}

/**
 * Waits until Temporal reports the cancellation too, so that the activity ends as cancelled and not as failed.
 * @throws the cancellation, or a retryable failure after the longest wait
 */
async function waitForTemporalCancellation(context: Context): Promise<never> {
  const timedOut = new Promise<never>((_resolve, reject) => {
    AbortSignal.timeout(TEMPORAL_CANCELLATION_MS).addEventListener('abort', () =>
      reject(
        ApplicationFailure.retryable(
          'The run is cancelled, but Temporal has not cancelled its workflow yet.',
        ),
      ),
    );
  });
  return Promise.race([context.cancelled, timedOut]).finally(askTemporal(context));
}

/** Sends heartbeats often for a while, as their replies report a cancellation. @returns a function that ends this */
function askTemporal(context: Context): () => void {
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), CANCELLED_HEARTBEAT_MS).unref();
  const end = () => clearInterval(timer);
  setTimeout(end, TEMPORAL_CANCELLATION_MS).unref();
  return end;
}
