import { condition, type ActivityOptions } from '@temporalio/workflow';
import type { Paused } from '../contract/payloads.js';
import { call, type Callable } from './authentic.js';

/**
 * The record and the signal of a pause change at different moments. They agree within the first wait; later ones are
 * longer, because each costs a timer and an activity, and somebody may have changed the record by hand.
 */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Calls an activity while the run is not paused. An activity that finds the run paused in the record does nothing and
 * says so: it is called again once the run is resumed.
 */
export async function callUnlessPaused<I, R>(
  isPaused: () => boolean,
  activity: Callable<I, R | Paused>,
  options: ActivityOptions,
  input: I,
): Promise<R> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    if (isPaused()) await condition(() => !isPaused());
    const result = await call(activity, options, input);
    if (!foundPaused(result)) return result;
    // Either the signal has not arrived yet, or the run was resumed and the record does not show it yet.
    await condition(isPaused, wait);
  }
}

function foundPaused(result: unknown): result is Paused {
  return typeof result === 'object' && result !== null && 'next' in result && result.next === 'paused';
}
