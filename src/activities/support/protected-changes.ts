/** Protected files, such as tests: finds submissions that change their effect, and restores them in trees. */
import type { RunPlan, TaskRecord } from '../../db/task-record.js';
import type { Change } from '../../git/store/commit-changes.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { isLifted, protectionOf, type ProtectionRules } from '../../protection/protected-files.js';
import { mayAffectTests, sameEffect, type Tests } from '../../protection/same-effect.js';
import { foldersToSearch, findShadowedFile } from '../../protection/shadowing.js';

export interface Refused {
  readonly path: string;
  readonly reason: string;
}

/** The rules that protect files from a task. */
export function rulesOf(
  { protect }: RunPlan,
  { role, mayChange }: Pick<TaskRecord, 'role' | 'mayChange'>,
): ProtectionRules {
  return { agent: role, protect, mayChange };
}

/**
 * The tree of a commit with all files that its task may not change restored to their content at `from`. Null when
 * nothing has to be restored, which is the usual case: submissions are checked before, and this covers merges too. It
 * costs a comparison of the two trees.
 */
export async function treeWithProtected(
  store: Pick<GitStore, 'changedPaths' | 'lookUp' | 'restoreFiles'>,
  rules: ProtectionRules,
  commit: CommitSha,
  from: CommitSha,
): Promise<TreeSha | null> {
  const protection = protectionOf(rules);
  const touched = (await store.changedPaths(from, commit)).filter((path) => protection(path) !== null);
  const existed = await Promise.all(
    touched.map(async (path) => {
      const { kind } = await store.lookUp(from, path);
      return kind === 'file' || kind === 'symlink';
    }),
  );
  const changed = touched.filter((_, index) => existed[index]);
  return changed.length === 0 ? null : store.restoreFiles(commit, from, changed);
}

/** The first of a submission's changes that has the effect of changing a protected file; null when none has. */
export async function findProtectionBreach(
  store: GitStore,
  task: TaskRecord,
  start: CommitSha,
  changes: readonly Change[],
): Promise<Refused | null> {
  const rules = rulesOf(task.run.plan, task);
  const protection = protectionOf(rules);
  const commands = [task.testCommand, task.run.plan.test, task.run.plan.verify].filter(
    (command) => command !== null,
  );
  let tests: Tests | null = null;
  for (const change of changes) {
    const { path } = change;
    if (isLifted(rules, path)) continue;
    const file = await findShadowed(store, start, path, (each) => protection(each) !== null);
    if (file !== null) {
      const reason = `${path} would be found in place of ${file}, which is protected; choose another name`;
      return { path, reason };
    }
    if (!mayAffectTests(path, commands)) continue;
    tests ??= await readTests(store, start, (each) => protection(each) !== null, commands);
    const reason = sameEffect(await readTextChange(store, start, change), tests);
    if (reason !== null)
      return { path, reason: `${reason}. If the task cannot be done without it, ask_human` };
  }
  return null;
}

async function findShadowed(
  store: GitStore,
  start: CommitSha,
  path: string,
  isProtected: (path: string) => boolean,
): Promise<string | null> {
  if ((await store.lookUp(start, path)).kind !== 'missing') return null;
  const files = await Promise.all(foldersToSearch(path).map((folder) => store.listFolder(start, folder)));
  return findShadowedFile(path, files.flat().filter(isProtected));
}

async function readTests(
  store: GitStore,
  start: CommitSha,
  isProtected: (path: string) => boolean,
  commands: readonly string[],
): Promise<Tests> {
  const paths = (await store.listTree(start)).map(({ path }) => path);
  const existing = new Set(paths);
  return { files: paths.filter(isProtected), has: (path) => existing.has(path), commands };
}

async function readTextChange(store: GitStore, start: CommitSha, change: Change) {
  const before = await store.readFile(start, change.path);
  return {
    path: change.path,
    before: before === null ? null : before.toString('utf8'),
    after: 'delete' in change ? null : change.content.toString('utf8'),
  };
}
