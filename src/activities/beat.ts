import { Context } from '@temporalio/activity';

/** Five beats in the shortest heartbeat timeout (ten seconds), so that a late one costs nothing. */
const BEAT_MS = 2_000;

/** Runs long work with heartbeats, which also bring a cancellation: `signal` says when it came. */
export async function beating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  context.heartbeat();
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
