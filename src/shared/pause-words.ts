/** A paused run in words, for the command line and the dashboard. */

/** What a pause does. A step is a model call, a command or a test: its result is kept. */
export const PAUSE_MEANS = 'each task stops after its current step, and goes on when the run is resumed.';
