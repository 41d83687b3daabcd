/** How soon a model call without an answer is made again, unless the provider says when. */

/** Soon at first, because most failures pass at once. An overload is retried at least once a minute as long as it lasts. */
export const MODEL_RETRY = {
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
} as const;

/** Milliseconds that Temporal waits after an attempt of the turn's activity (from 1). Pure. */
export function modelRetryMs(attempt: number): number {
  const { initialInterval, backoffCoefficient, maximumInterval } = MODEL_RETRY;
  return Math.min(maximumInterval, initialInterval * backoffCoefficient ** (attempt - 1));
}
