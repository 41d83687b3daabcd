/** Tests that tasks have of their own, tried at the base before any money is spent. Pure. */

/**
 * How long all of them together may take, however many there are: somebody waits for the run to start. A test of what
 * is not there yet is mostly red at once, so that this is enough for some dozens.
 */
export const OWN_TESTS_MS = 30_000;

/** How a task's own test did at the base. */
export interface OwnTest {
  readonly taskId: string;
  readonly command: string;
  /** Null: it was not tried, or not to its end. */
  readonly passed: boolean | null;
}

/** As many as a sentence can bear. */
const SHOWN = 5;

/** What a person should know of them before money is spent, a sentence each. */
export function ownTestWarnings(tests: readonly OwnTest[]): string[] {
  const green = tests.filter(({ passed }) => passed === true);
  const untried = tests.filter(({ passed }) => passed === null);
  const shown = green.slice(0, SHOWN).map(({ taskId, command }) => `${taskId} (${command})`);
  const more = green.length > SHOWN ? ` and ${green.length - SHOWN} more` : '';
  return [
    ...(green.length === 0
      ? []
      : [
          `${green.length === 1 ? 'a task has a test of its own that is' : `${green.length} tasks have tests of their own that are`} green before anything is done, and cannot tell whether the work was: ${shown.join(', ')}${more}`,
        ]),
    ...(untried.length === 0 || untried.length === tests.length
      ? []
      : [
          `${untried.length} of ${tests.length} tasks' own tests were not tried at the base: all of them may take ${OWN_TESTS_MS / 1000} s together`,
        ]),
  ];
}
