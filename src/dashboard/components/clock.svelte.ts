/** The current time, for elapsed times on the page: one timer for all of them. */

/** Durations are shown in seconds. */
const TICK_MS = 1_000;

class Clock {
  /** Milliseconds since 1970, as of the last tick. */
  now = $state(Date.now());

  tick(): void {
    this.now = Date.now();
  }
}

export const clock = new Clock();
setInterval(() => clock.tick(), TICK_MS);
