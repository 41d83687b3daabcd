/** A person's commit as the work of a task: found, copied into the store and merged with the tip of the run. */
import { UsageError } from '../../contract/errors.js';
import { commitSha, isSha, SHA_DIGITS, type CommitSha } from '../../contract/ids.js';
import type { HandedInWork } from '../../db/blockers.js';
import type { RunRecord } from '../../db/task-record.js';
import { runGit } from '../../git/process/git-process.js';
import { TIME_LIMIT } from '../../git/process/git-limits.js';
import type { GitStore } from '../../git/store/git-store.js';
import { requireCheckoutable } from '../../git/user/user-repository.js';
import { formatList } from '../../shared/words/format.js';

/** A commit in a repository of the person's. */
export interface UserCommit {
  /** The repository's git folder, which holds its objects. */
  readonly gitDir: string;
  readonly commit: CommitSha;
  /** Whether the repository is a checkout, whose origin is the run's repository. */
  readonly isCheckout: boolean;
}

/** Finds a commit by its name (a sha, a branch, `HEAD`) in a git folder, or in the repository around a folder. */
export async function findCommit(
  place: { readonly gitDir: string | null; readonly cwd?: string },
  name: string,
): Promise<CommitSha | null> {
  const { exitCode, stdout } = await runGit({
    ...place,
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
    accept: [0, 1, 128],
    timeLimitMs: TIME_LIMIT.few,
  });
  const sha = stdout.toString('latin1').trim();
  return exitCode === 0 && isSha(sha) ? commitSha(sha) : null;
}

/** Files that a refusal lists. */
const FILES_SHOWN = 5;

/**
 * Makes the work of a task of a person's commit: what the commit has and the run's branch has not, as one commit on the
 * tip. The person may have started from the run's base, from any commit of its branch, or from a checkout of the task.
 *
 * @param by who hands it in
 * @throws UsageError when the commit does not descend from the run's base, conflicts with what has landed, or changes nothing
 * @throws EnvironmentError when its objects cannot be read, or its files cannot be checked out
 */
export async function makeWork(
  store: GitStore,
  run: Pick<RunRecord, 'id' | 'base' | 'tip' | 'branch' | 'repository' | 'gitFolder'>,
  { gitDir, commit, isCheckout }: UserCommit,
  by: string,
): Promise<HandedInWork> {
  await requireCheckoutable(gitDir, commit);
  const fork = await findFork(store, run, gitDir, commit);
  if (fork === null) {
    throw new UsageError(
      `The commit ${commit} does not descend from the base of the run ${run.id} (${run.base}). ${await rebaseAdvice(run, isCheckout)}`,
    );
  }
  await store.importBase({ gitDir }, commit);
  const at = new Date();
  const message = `Handed in by ${by}: ${await store.subjectOf(commit)}`;
  const own = await store.commitTree({ tree: await store.treeOf(commit), parents: [fork], message, at });
  const merged = fork === run.tip ? null : await store.mergeTree(run.tip, own);
  if (merged?.kind === 'conflict') {
    throw new UsageError(
      `The commit ${commit} conflicts with what has landed on ${run.branch}, in ${formatList(merged.files, FILES_SHOWN)}. ${await rebaseAdvice(run, isCheckout)}`,
    );
  }
  const tree = merged?.tree ?? (await store.treeOf(own));
  if (tree === (await store.treeOf(run.tip))) {
    throw new UsageError(
      `The commit ${commit} changes nothing on top of ${run.branch}. Commit your work in the checkout first, or take the agent's newest work as it is with --accept`,
    );
  }
  const work = await store.commitTree({ tree, parents: [run.tip], message, at });
  return {
    start: run.tip,
    commit: work,
    tree,
    files: await store.changedPaths(run.tip, work),
    explanation: `${message}\n\nIts commit: ${commit}`,
  };
}

/** How a person puts their commit on top of what has landed. */
async function rebaseAdvice(
  { branch, repository, gitFolder }: Pick<RunRecord, 'branch' | 'repository' | 'gitFolder'>,
  isCheckout: boolean,
): Promise<string> {
  const isPublished = (await findCommit({ gitDir: gitFolder }, `refs/heads/${branch}`)) !== null;
  const missing = isPublished
    ? ''
    : `The branch ${branch} is missing in ${repository}. Bring it back with:  leadwright doctor --repair\n`;
  const command = isCheckout ? `git fetch origin && git rebase origin/${branch}` : `git rebase ${branch}`;
  return `${missing}Put your change on top of the branch:  ${command}`;
}

/** The newest commit that the person's commit and the run's branch share; null when there is none. */
async function findFork(
  store: GitStore,
  run: Pick<RunRecord, 'base' | 'tip'>,
  gitDir: string,
  commit: CommitSha,
): Promise<CommitSha | null> {
  const known = await findNewestKnown(store, run, gitDir);
  if (known === null) return null;
  const { exitCode, stdout } = await runGit({
    gitDir,
    args: ['merge-base', known, commit],
    // 1: they share no commit.
    accept: [0, 1],
    timeLimitMs: TIME_LIMIT.tree,
  });
  if (exitCode !== 0) return null;
  const fork = commitSha(stdout.toString('latin1').trim());
  return (await store.has(fork)) ? fork : null;
}

/** What `git cat-file` prints for a commit that it has. */
const FOUND_COMMIT = new RegExp(`^(${SHA_DIGITS}) commit$`, 'm');

/**
 * The newest commit of the run's branch that a repository has. A checkout has what had landed when its task began, and
 * the run's repository lacks what could not be published yet.
 */
async function findNewestKnown(
  store: GitStore,
  { base, tip }: Pick<RunRecord, 'base' | 'tip'>,
  gitDir: string,
): Promise<CommitSha | null> {
  const landed = await runGit({
    gitDir: await store.folderOf(tip),
    args: ['rev-list', '--first-parent', tip, `^${base}`, '--'],
    timeLimitMs: TIME_LIMIT.tree,
  });
  const { stdout } = await runGit({
    gitDir,
    args: ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
    input: `${landed.stdout.toString('latin1')}${base}\n`,
    timeLimitMs: TIME_LIMIT.tree,
  });
  const known = FOUND_COMMIT.exec(stdout.toString('latin1'))?.[1];
  return known === undefined ? null : commitSha(known);
}
