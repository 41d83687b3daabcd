/** Protected files, such as tests: finds submissions that change their effect, and restores them in trees. */
import { extname } from 'node:path/posix';
import type { RunRecord, TaskRecord } from '../../db/task-record.js';
import type { Change } from '../../git/store/commit-changes.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { linksOf, type LinkStore } from '../../protection/commit-links.js';
import {
  isLockFile,
  isManifestOf,
  lockChangeReason,
  lockedNames,
  rivalLockFiles,
  type LockTexts,
} from '../../protection/lock-files/lock-files.js';
import {
  alwaysProtected,
  isTestFile,
  liftedBy,
  protectionOf,
  type Protection,
  type ProtectionRules,
} from '../../protection/protected-files.js';
import { HOOK_CONFIGURATIONS, hookCommands } from '../../protection/hook-commands.js';
import { followLinks, namesThroughLinks, type LinkedPath } from '../../protection/linked-names.js';
import { configurationChange, exclusiveContent, mayAffectTests } from '../../protection/same-effect.js';
import { isPlan } from '../../protection/plan-files.js';
import { findReachedFiles, foldersIn } from '../../protection/reached-files.js';
import { folderOf } from '../../protection/runner-files.js';
import { foldersToSearch, findShadowedFile } from '../../protection/shadowing.js';
import { withInstallScripts, withScripts } from '../../protection/test-command.js';

export interface Refused {
  readonly path: string;
  readonly reason: string;
}

/** The rules that protect files from a task. */
export async function rulesOf(
  store: LinkStore,
  { base, plan: { protect, instructions } }: Pick<RunRecord, 'base' | 'plan'>,
  { role, mayChange }: Pick<TaskRecord, 'role' | 'mayChange'>,
): Promise<ProtectionRules> {
  return { agent: role, protect, mayChange, instructions, links: await linksOf(store, base) };
}

/**
 * The tree of a commit with all files that its task may not change restored to their content at `from`. Null when
 * nothing has to be restored, which is the usual case: submissions are checked before, and this covers merges too. It
 * costs a comparison of the two trees.
 * @param task `handedIn`: files of the commits that persons have handed in for it. They may be protected, and differ: the agent
 *   that goes on from such a commit cannot have changed them.
 */
export async function treeWithProtected(
  store: LinkStore & Pick<GitStore, 'changedPaths' | 'lookUp' | 'restoreFiles'>,
  run: Pick<RunRecord, 'base' | 'plan'>,
  task: Pick<TaskRecord, 'role' | 'mayChange'> & { readonly handedIn: readonly string[] },
  commit: CommitSha,
  from: CommitSha,
): Promise<TreeSha | null> {
  const protection = protectionOf(await rulesOf(store, run, task));
  const isOpen = new Set(task.handedIn);
  const touched = (await store.changedPaths(from, commit)).filter(
    (path) => !isOpen.has(path) && protection(path) !== null,
  );
  const existed = await Promise.all(
    touched.map(async (path) => {
      const { kind } = await store.lookUp(from, path);
      return kind === 'file' || kind === 'symlink';
    }),
  );
  const changed = touched.filter((_, index) => existed[index]);
  return changed.length === 0 ? null : store.restoreFiles(commit, from, changed);
}

/** A submission, with the commits that it is judged against. */
export interface Proposal {
  readonly task: TaskRecord;
  /** The task's starting tip. */
  readonly start: CommitSha;
  /** The commit that the changes apply to. */
  readonly base: CommitSha;
  readonly changes: readonly Change[];
}

/**
 * The changes of a submission that need `may_change`: they change a protected file's effect, or a file that configures or
 * executes. One rule after another is applied, and those that break the first broken rule are returned.
 */
export async function findProtectionBreaches(store: GitStore, proposal: Proposal): Promise<Refused[]> {
  const { task, start, changes } = proposal;
  const rules = await rulesOf(store, task.run, task);
  const isLifted = liftedBy(rules);
  const open = changes.filter(({ path }) => !isLifted(path));
  const always = alwaysProtected(rules);
  const closed = open.flatMap(({ path }) => refuse(path, always(path)));
  if (closed.length > 0) return closed;
  const plans = await findPlanBreaches(store, start, open);
  if (plans.length > 0) return plans;
  const protection = protectionOf(rules);
  const created = await findCreated(store, start, open);
  const shadowing: Refused[] = [];
  for (const path of created) {
    const file = await findShadowed(store, start, path, (each) => protection(each) !== null);
    const reason = `${path} would be found in place of ${file ?? ''}, which is protected; choose another name`;
    shadowing.push(...refuse(path, file === null ? null : reason));
  }
  if (shadowing.length > 0) return shadowing;
  const ignored = await findIgnored(store, proposal, created);
  if (ignored.length > 0) return ignored;
  const locks = await findLockBreaches(store, proposal, isLifted);
  return locks.length > 0
    ? locks
    : findConfigurationBreaches(store, proposal, { changes: open, protection, links: rules.links });
}

/** @returns no refusal without a reason */
function refuse(path: string, reason: string | null): Refused[] {
  return reason === null
    ? []
    : [{ path, reason: `${reason}. If the task cannot be done without it, ask_human` }];
}

/** The changes of plans that are there, whatever their names. A person has to name a new one to run it. */
async function findPlanBreaches(
  store: GitStore,
  start: CommitSha,
  changes: readonly Change[],
): Promise<Refused[]> {
  const found: Refused[] = [];
  for (const { path } of changes) {
    const text = await readSmall(store, start, path);
    if (text === null || !isPlan(text)) continue;
    const reason = `${path} is a plan of Leadwright, and the commands of a plan run on the machine of the person who starts it: the plan of this run has to name it in may_change`;
    found.push(...refuse(path, reason));
  }
  return found;
}

/** Changes without those that the plan allows, and what decides about them. */
interface OpenChanges {
  readonly changes: readonly Change[];
  readonly protection: Protection;
  readonly links: readonly LinkedPath[];
}

async function findConfigurationBreaches(
  store: GitStore,
  { task, start }: Proposal,
  { changes, protection, links }: OpenChanges,
): Promise<Refused[]> {
  const { plan } = task.run;
  const packageJson = await readText(store, start, 'package.json');
  const written = [task.testCommand, plan.test, plan.verify].filter((command) => command !== null);
  const called = withScripts(written, packageJson);
  const nested = await nestedScripts(store, start, called);
  const commands = [...called, ...nested.map(({ text }) => text)];
  const notifying = [plan.onBlocker, plan.onEnd].flatMap((receiver) =>
    receiver?.kind === 'command' ? [receiver.command] : [],
  );
  // What notifies a person runs outside the sandbox, in the working tree.
  const setup = withInstallScripts([...(plan.setup === null ? [] : [plan.setup]), ...notifying], packageJson);
  const hooks = await readHooks(store, start);
  const follow = followLinks(links);
  const reached = await findReachedFiles(
    [
      ...called.map((text) => ({ text, isSetup: false, isDirect: written.includes(text) })),
      ...nested.map((script) => ({ ...script, isSetup: false, isDirect: false })),
      ...[...setup, ...hooks].map((text) => ({ text, isSetup: true, isDirect: false })),
    ],
    changes.map(({ path }) => path),
    {
      exists: async (path) => ['file', 'symlink'].includes((await store.lookUp(start, follow(path))).kind),
      read: (path) => readSmall(store, start, follow(path)),
      list: (folder) => store.listFolder(start, folder),
    },
  );
  const linkedNames = namesThroughLinks(links);
  const relevant = changes
    .flatMap((change) => {
      const names = [change.path, ...linkedNames(change.path).map(({ name }) => name)];
      return names.map((name) => ({ change, name }));
    })
    .filter(({ name }) => mayAffectTests(name, { commands, setup, reached }));
  if (relevant.length === 0) return [];
  const paths = await listPaths(store, start);
  const existing = new Set(paths);
  const known = {
    has: (path: string) => existing.has(follow(path)),
    commands,
    setup,
    reached,
  };
  const protectedFiles = paths.filter((path) => protection(path) !== null);
  const isProtected = new Set(protectedFiles);
  const judges = paths.filter((path) => isTestFile(path) || isProtected.has(path));
  const found: Refused[] = [];
  for (const { change, name } of relevant) {
    if (found.some(({ path }) => path === change.path)) continue;
    const text = { ...(await readTextChange(store, start, change)), path: name };
    const reason =
      exclusiveContent(text, { files: protectedFiles }) ??
      // Configuration in a test folder counts as a test: a task that may change the tests may change it.
      (isTestFile(name) && protection(name) === null
        ? null
        : configurationChange(text, {
            ...known,
            files: judges,
            isInstalled: await installedPackages(store, start, name, paths),
          }));
    found.push(...refuse(change.path, reason));
  }
  return found;
}

/** The scripts that commands run from the package.json of another folder: `cd web && npm test`. */
async function nestedScripts(
  store: GitStore,
  start: CommitSha,
  commands: readonly string[],
): Promise<{ readonly text: string; readonly folder: string }[]> {
  const folders = [...new Set(commands.flatMap(foldersIn))]
    .filter((folder) => folder !== '')
    .slice(0, MAX_PACKAGES);
  const found = await Promise.all(
    folders.map(async (folder) => {
      const packageJson = await readSmall(store, start, `${folder}/package.json`);
      return packageJson === null
        ? []
        : withScripts(commands, packageJson)
            .slice(commands.length)
            .map((text) => ({ text, folder }));
    }),
  );
  return found.flat();
}

/** Packages whose scripts are followed: more than the commands of a plan name. */
const MAX_PACKAGES = 10;

/** Folders of git hooks. */
const HOOK_FOLDERS = ['.githooks', '.git-hooks', '.hooks', '.husky'];
/** Hooks that are followed: git has two dozen names. */
const MAX_HOOKS = 50;

/** The texts of what git and the shell run on the user's machine. They are protected, and so is what they start. */
async function readHooks(store: GitStore, start: CommitSha): Promise<string[]> {
  const listed = await Promise.all(HOOK_FOLDERS.map((folder) => store.listFolder(start, folder)));
  const paths = ['.envrc', ...listed.flat()].slice(0, MAX_HOOKS);
  const texts = await Promise.all(paths.map((path) => readSmall(store, start, path)));
  const configured = await Promise.all(
    HOOK_CONFIGURATIONS.map(async (path) => hookCommands(path, (await readSmall(store, start, path)) ?? '')),
  );
  return [...texts.filter((text) => text !== null), ...configured.flat()];
}

/** Tells the packages of the lock files that a `package.json` belongs to. */
async function installedPackages(
  store: GitStore,
  start: CommitSha,
  path: string,
  paths: readonly string[],
): Promise<(name: string) => boolean> {
  // A compiler's configuration names packages too.
  const manifest = path.endsWith('.json') ? `${folderOf(path)}/package.json`.replace(/^\//, '') : path;
  const locks = paths.filter((each) => isLockFile(each) && isManifestOf(each, manifest));
  const names = await Promise.all(
    locks.map(async (lock) => lockedNames(lock, (await readText(store, start, lock)) ?? '')),
  );
  // The name may be that of a scope.
  const scoped = names.flatMap((each) => [...each]).filter((name) => name.startsWith('@'));
  const scopes = new Set(scoped.map((name) => name.split('/', 1)[0]));
  return (name) => scopes.has(name) || names.some((each) => each.has(name));
}

/**
 * The lock files that may not change as they would. Lock files that an earlier submission of the task changed are
 * checked again when this one changes a manifest: the earlier change may have been for what is taken back now.
 */
async function findLockBreaches(
  store: GitStore,
  { start, base, changes }: Proposal,
  isFree: (path: string) => boolean,
): Promise<Refused[]> {
  const written = changes.map(({ path }) => path);
  const earlier = start === base ? [] : (await store.changedPaths(start, base)).filter(isLockFile);
  const locks = new Set([
    ...written.filter(isLockFile),
    ...earlier.filter((lock) => written.some((path) => isManifestOf(lock, path))),
  ]);
  const found: Refused[] = [];
  for (const lock of locks) {
    if (isFree(lock)) continue;
    const before = await readLock(store, lock, start, []);
    const rivals = before.text === null ? rivalLockFiles(lock, await listPaths(store, start)) : [];
    const reason = lockChangeReason(lock, before, await readLock(store, lock, base, changes), rivals);
    found.push(...refuse(lock, reason));
  }
  return found;
}

/** A lock file with its manifests, as changes of a commit would leave them. */
async function readLock(
  store: GitStore,
  path: string,
  commit: CommitSha,
  changes: readonly Change[],
): Promise<LockTexts> {
  const changed = new Map(changes.map((change) => [change.path, textOf(change)]));
  const read = async (file: string) => {
    const text = changed.get(file);
    return text === undefined ? readText(store, commit, file) : text;
  };
  const files = new Set([...(await listPaths(store, commit)), ...changed.keys()]);
  const manifests = await Promise.all(
    [...files]
      .filter((file) => isManifestOf(path, file))
      .map(async (file) => [file, await read(file)] as const),
  );
  return {
    text: await read(path),
    manifests: new Map(manifests.flatMap(([file, text]) => (text === null ? [] : [[file, text]]))),
  };
}

/** The paths at which changes leave a file where the starting tip has nothing. */
async function findCreated(store: GitStore, start: CommitSha, changes: readonly Change[]): Promise<string[]> {
  const created: string[] = [];
  for (const change of changes) {
    const isNew = !('delete' in change) && (await store.lookUp(start, change.path)).kind === 'missing';
    if (isNew) created.push(change.path);
  }
  return created;
}

/** The protected file that a new file would be found in place of; null when there is none. */
async function findShadowed(
  store: GitStore,
  start: CommitSha,
  path: string,
  isProtected: (path: string) => boolean,
): Promise<string | null> {
  const files = await Promise.all(foldersToSearch(path).map((folder) => store.listFolder(start, folder)));
  return findShadowedFile(path, files.flat(), isProtected);
}

/**
 * New files at paths that the run's base ignores. Set-up and builds write there: a file of the repository would count as
 * their fresh result. Files like those that a person has committed in the same folder are left alone.
 */
async function findIgnored(
  store: GitStore,
  { task, start }: Proposal,
  created: readonly string[],
): Promise<Refused[]> {
  if (created.length === 0) return [];
  const found: Refused[] = [];
  for (const path of await store.ignoredPaths(task.run.base, created)) {
    const ending = extname(path);
    const beside = ending === '' ? [] : await store.listFolder(start, folderOf(path));
    if (beside.some((file) => extname(file) === ending)) continue;
    const reason = `${path} is a path that a .gitignore ignores: set-up or a build makes what is there, and a committed file could take its place; choose another path`;
    found.push(...refuse(path, reason));
  }
  return found;
}

async function readTextChange(store: GitStore, start: CommitSha, change: Change) {
  return { path: change.path, before: await readText(store, start, change.path), after: textOf(change) };
}

async function listPaths(store: GitStore, commit: CommitSha): Promise<string[]> {
  return (await store.listTree(commit)).map(({ path }) => path);
}

/** The text of a file; null also for a link, and for a file that is too large to be a script or a plan. */
async function readSmall(store: GitStore, commit: CommitSha, path: string): Promise<string | null> {
  try {
    return await readText(store, commit, path);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

async function readText(store: GitStore, commit: CommitSha, path: string): Promise<string | null> {
  return (await store.readFile(commit, path))?.toString('utf8') ?? null;
}

function textOf(change: Change): string | null {
  return 'delete' in change ? null : change.content.toString('utf8');
}
