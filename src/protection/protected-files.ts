import { compileGlob, type Glob } from '../plan/glob.js';
import type { Agent } from '../plan/plan-schema.js';

/** What looks like a test: protected from all agents but `test` when a plan says nothing of protection. */
export const TEST_FILE_GLOBS: readonly string[] = [
  '**/*.test.*',
  '**/*.spec.*',
  '**/*_test.*',
  '**/test_*.*',
  '**/{test,tests,__tests__,spec}/**/*',
];

/** What of a plan and a task decides which files the task may not change. */
export interface ProtectionRules {
  readonly agent: Agent;
  /** The plan's `protect`; null when it has none. */
  readonly protect: readonly string[] | null;
  /** The task's `may_change`. */
  readonly mayChange: readonly string[];
}

/** Why a file that is there may not be changed, moved or deleted, for the model that asked; null when it may. */
export type Protection = (path: string) => string | null;

const testFiles = TEST_FILE_GLOBS.map(compileGlob);

/** Whether a path looks like that of a test, by its name or by a folder it is in. */
export function isTestFile(path: string): boolean {
  return matchesAny(testFiles, path);
}

/**
 * What a task may not change of the files at its starting tip. Without `protect`, those that look like tests belong
 * to tasks of the agent `test`; with it, those that it names belong to no agent. A task's `may_change` lifts either.
 *
 * @throws GlobError when a glob is not valid, which those of a parsed plan are
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

/** Whether the task's `may_change` names a path: what it names may be changed, whatever the effect. */
export function isLifted({ mayChange }: ProtectionRules, path: string): boolean {
  return matchesAny(mayChange.map(compileGlob), path);
}

function matchesAny(globs: readonly Glob[], path: string): boolean {
  return globs.some((glob) => glob(path));
}
