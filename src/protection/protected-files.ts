import { compileGlob, type Glob } from '../plan/glob.js';
import type { Agent } from '../plan/plan-schema.js';

/** Globs of test files. Without `protect` in the plan, only the agent `test` may change these files. */
export const TEST_FILE_GLOBS: readonly string[] = [
  '**/*.test.*',
  '**/*.spec.*',
  '**/*_test.*',
  '**/test_*.*',
  '**/{test,tests,__tests__,spec}/**/*',
];

/** The settings of a plan and a task that decide which files the task may not change. */
export interface ProtectionRules {
  readonly agent: Agent;
  /** The plan's `protect`; null when it has none. */
  readonly protect: readonly string[] | null;
  /** The task's `may_change`. */
  readonly mayChange: readonly string[];
}

/** Why an existing file may not be changed, moved or deleted, worded for the model; null when it may. */
export type Protection = (path: string) => string | null;

const testFiles = TEST_FILE_GLOBS.map(compileGlob);

/** Whether a path is that of a test, by its name or by one of its folders. */
export function isTestFile(path: string): boolean {
  return matchesAny(testFiles, path);
}

/**
 * Decides which of the files at a task's starting tip the task may not change. Without `protect`, only tasks of the
 * agent `test` may change tests. With it, no task may change the files that it names. A task's `may_change` lifts
 * both.
 *
 * @throws GlobError for an invalid glob; those of a parsed plan are valid
 */
export function protectionOf({ agent, protect, mayChange }: ProtectionRules): Protection {
  const lifted = mayChange.map(compileGlob);
  if (protect === null) {
    if (agent === 'test') return () => null;
    return (path) =>
      !isTestFile(path) || matchesAny(lifted, path)
        ? null
        : `${path} is a test that was there before this task: only tasks of the agent test may change, move or delete it (new tests may be added)`;
  }
  const globs = protect.map((glob) => ({ glob, matches: compileGlob(glob) }));
  return (path) => {
    const by = globs.find(({ matches }) => matches(path));
    return by === undefined || matchesAny(lifted, path)
      ? null
      : `${path} is protected by the plan (${by.glob}): no task may change, move or delete it`;
  };
}

/** Whether the task's `may_change` names a path. Such a file may be changed, whatever its effect on the tests. */
export function isLifted({ mayChange }: ProtectionRules, path: string): boolean {
  return matchesAny(mayChange.map(compileGlob), path);
}

function matchesAny(globs: readonly Glob[], path: string): boolean {
  return globs.some((glob) => glob(path));
}
