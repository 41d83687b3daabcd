import { ApplicationFailure, Context } from '@temporalio/activity';
import { CancelledFailure, type ActivityCancellationDetails } from '@temporalio/common';
import type { RunId } from '../contract/ids.js';
import type { ActivityContext } from './activity-context.js';

/** Two beats in the shortest heartbeat timeout (five seconds), so that a late one costs nothing. */
const HEARTBEAT_MS = 2_000;

/**
 * A run's cancellation is heard from the database at once, and from Temporal with a heartbeat, two seconds later
 * at the most; a busy server may take a few more. An activity ends as cancelled only once Temporal has said it.
 */
const TEMPORAL_CANCELLATION_MS = 10_000;

/** Runs work with heartbeats that nothing ends before its time: it is short, and whole or not at all. */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  // What the activity does keeps the process alive, not its heartbeats.
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS).unref();
  context.heartbeat();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs long work with heartbeats. `signal` ends it: when its run is cancelled, by a command or in Temporal, or
 * when this worker has to go. It does not when the server has given the activity up because it heard nothing for
 * too long: what was paid for goes on to its end.
 */
export async function withCancellation<T>(
  context: Pick<ActivityContext, 'cancels'>,
  run: RunId,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return runCancellable(context, run, work, (details) => !isGivenUp(details));
}

/** The same for work that is of no use any more once the server has given its activity up. */
export async function withCancellationWhileAwaited<T>(
  context: Pick<ActivityContext, 'cancels'>,
  run: RunId,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return runCancellable(context, run, work, () => true);
}

/** The server does not wait for this attempt any more, and nobody asked for its end. */
function isGivenUp(details: ActivityCancellationDetails | undefined): boolean {
  if (details === undefined || details.cancelRequested || details.workerShutdown) return false;
  return details.notFound || details.timedOut;
}

async function runCancellable<T>(
  { cancels }: Pick<ActivityContext, 'cancels'>,
  run: RunId,
  work: (signal: AbortSignal) => Promise<T>,
  ends: (details: ActivityCancellationDetails | undefined) => boolean,
): Promise<T> {
  const context = Context.current();
  const { cancellationSignal } = context;
  const stop = new AbortController();
  const hear = () => {
    if (ends(context.cancellationDetails)) stop.abort(cancellationSignal.reason);
  };
  const forget = cancels.watch(run, () => stop.abort(new CancelledFailure('The run is cancelled.')));
  cancellationSignal.addEventListener('abort', hear);
  if (cancellationSignal.aborted) hear();
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
    cancellationSignal.removeEventListener('abort', hear);
    forget();
  }
}

/**
 * Waits for Temporal to say what the database said before, so that the step ends as cancelled and not as failed.
 * @throws the cancellation, or a failure to be tried again
 */
async function waitForTemporalCancellation({ cancelled }: Context): Promise<never> {
  const timeout = AbortSignal.timeout(TEMPORAL_CANCELLATION_MS);
  const silence = new Promise<never>((_resolve, reject) => {
    timeout.addEventListener('abort', () =>
      reject(
        ApplicationFailure.retryable('The run is to be cancelled, and its workflow is not cancelled yet.'),
      ),
    );
  });
  return Promise.race([cancelled, silence]);
}
