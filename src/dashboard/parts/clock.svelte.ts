/** The time, for whatever shows how long something has been going on: one timer for the whole page. */

/** Durations are shown in seconds. */
const TICK_MS = 1_000;

class Clock {
  now = $state(Date.now());
}

export const clock = new Clock();
setInterval(() => (clock.now = Date.now()), TICK_MS);
