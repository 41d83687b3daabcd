/** A paused run in words, for the command line and the dashboard. */

/** What a pause does. A step is a model call, a command or a test: its result is kept. */
export const PAUSE_MEANS = 'each task stops after its current step, and goes on when the run is resumed.';

/** What is said of one task in progress, or of several, whose run is paused. */
export const STANDS_STILL = { one: 'stands still', many: 'stand still' } as const;
/** What follows these words for one task: no event tells whether its last step has ended. */
export const STILL_UNTIL = 'until the run is resumed; a step under way ends first';
