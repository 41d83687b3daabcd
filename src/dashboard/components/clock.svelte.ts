/** The current time, for elapsed times on the page: one timer for all of them. */

/** Durations are shown in seconds. */
const TICK_MS = 1_000;

class Clock {
  /** Milliseconds since 1970. */
  now = $state(Date.now());
}

export const clock = new Clock();
setInterval(() => (clock.now = Date.now()), TICK_MS);
