/**
 * Warnings about the tasks' own tests. A dry run tries them at the base; a run tries each one when its task starts, which
 * is at the base for the first tasks. Pure.
 */
import { formatList } from '../shared/words/format.js';

/**
 * The time limit for all of them together in a dry run, because a person waits for it. A test of something that does
 * not exist yet mostly fails at once, so this is enough for some dozens.
 */
export const OWN_TESTS_MS = 30_000;

/** The result of a task's own test at the base. */
export interface OwnTest {
  readonly taskId: string;
  readonly command: string;
  /** Null when it did not run, or not to its end. */
  readonly passed: boolean | null;
  /** Whether it failed because a command was not found. */
  readonly notFound: boolean;
}

/** A sentence with more names is hard to read. */
const SHOWN = 5;

/** Names tests that passed before anything was done. */
export function greenTestWarnings(tests: readonly OwnTest[]): string[] {
  const green = tests.filter(({ passed }) => passed === true);
  if (green.length === 0) return [];
  return [
    `${green.length === 1 ? 'a task has a test of its own that is' : `${green.length} tasks have tests of their own that are`} green before anything is done, so ${green.length === 1 ? 'it' : 'they'} cannot show whether the work was done: ${named(green)}`,
  ];
}

/** Names tests that failed because a command was not found. */
export function missingCommandWarnings(tests: readonly OwnTest[]): string[] {
  const missing = tests.filter(({ notFound }) => notFound);
  if (missing.length === 0) return [];
  return [
    `${missing.length === 1 ? 'a task has a test of its own' : `${missing.length} tasks have tests of their own`} in which a command is not found. Correct the plan, unless the tasks are to make that command: ${named(missing)}`,
  ];
}

function named(tests: readonly OwnTest[]): string {
  return formatList(
    tests.map(({ taskId, command }) => `${taskId} (${command})`),
    SHOWN,
  );
}

/** What a person should know after a dry run, one sentence each. */
export function ownTestWarnings(tests: readonly OwnTest[]): string[] {
  const found = [...greenTestWarnings(tests), ...missingCommandWarnings(tests)];
  const untried = tests.filter(({ passed }) => passed === null);
  if (untried.length === 0 || untried.length === tests.length) return found;
  return [
    ...found,
    `${untried.length} of ${tests.length} tasks' own tests were not tried at the base, because all of them together have only ${OWN_TESTS_MS / 1000} s`,
  ];
}
