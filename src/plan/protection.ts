import { compileGlob, type Glob } from './glob.js';
import type { Agent } from './schema.js';

/** What looks like a test: protected from all agents but `test` when a plan says nothing of protection. */
export const TEST_FILE_GLOBS: readonly string[] = [
  '**/*.test.*',
  '**/*.spec.*',
  '**/*_test.*',
  '**/test_*.*',
  '**/{test,tests,__tests__,spec}/**/*',
];

/** What a task may do to a path. The reason is written to be read by the model that asked. */
export type Permission = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** A change that a task asks for: creating, modifying, deleting or moving away the file at `path`. */
export interface ChangeRequest {
  /** As in git's tree: relative to the root, slashes between names. */
  readonly path: string;
  /** Whether the task's starting tip has a file at `path`: new files are nobody's yet. */
  readonly existsAtStart: boolean;
  readonly agent: Agent;
  /** The plan's `protect`; null when it has none. */
  readonly protect: readonly string[] | null;
  /** The task's `may_change`. */
  readonly mayChange: readonly string[];
}

const GRANTED: Permission = { ok: true };
const testFiles = TEST_FILE_GLOBS.map(compileGlob);

/** Whether a path looks like that of a test, by its name or by a folder it is in. */
export function isTestFile(path: string): boolean {
  return matchesAny(testFiles, path);
}

/**
 * Whether a task may make a change. Without `protect`, files that look like tests belong to tasks of the
 * agent `test`; with it, the files it names belong to no agent. A task's `may_change` lifts either.
 *
 * @throws GlobError when a glob is not valid, which those of a parsed plan are
 */
export function mayChange(request: ChangeRequest): Permission {
  const { path, existsAtStart, agent, protect } = request;
  if (!existsAtStart || matchesAny(request.mayChange.map(compileGlob), path)) return GRANTED;
  if (protect === null) {
    if (agent === 'test' || !isTestFile(path)) return GRANTED;
    const reason = `${path} is a test that was there before this task: only tasks of the agent test may change, move or delete it (new tests may be added)`;
    return { ok: false, reason };
  }
  const by = protect.find((glob) => compileGlob(glob)(path));
  if (by === undefined) return GRANTED;
  const reason = `${path} is protected by the plan (${by}): no task may change, move or delete it`;
  return { ok: false, reason };
}

function matchesAny(globs: readonly Glob[], path: string): boolean {
  return globs.some((glob) => glob(path));
}
