import { askAboutRun, settleQuestion } from '../../db/blockers.js';
import { readRun, type RunRecord } from '../../db/task-record.js';
import { EnvironmentError } from '../../contract/errors.js';
import { BranchLockedError, publishBranch } from '../../git/user/publish.js';
import { branchTip, findCheckout, type BranchHome } from '../../git/user/user-branch.js';
import { UnknownCommitError } from '../../git/process/git-errors.js';
import type { CommitSha } from '../../contract/ids.js';
import type { ActivityContext } from './activity-context.js';

/**
 * Moves the run's branch in the user's repository forward to the run's tip. It compares both first, so a repetition
 * completes an interrupted publication, and a late one finds nothing to do.
 * @returns false when the branch cannot be moved: a person is asked, and landed work stays in the store until then
 */
export async function publishRunBranch(context: ActivityContext, run: RunRecord): Promise<boolean> {
  // The worker id as of now: if this worker is declared dead meanwhile, another one publishes, and asks or settles.
  const worker = context.worker.id;
  const problem = await tryToPublish(context, run);
  if (problem === null) {
    await settleQuestion(context.db, worker, run.id, 'branch');
    return true;
  }
  const question = `${problem} Then answer this.`;
  await askAboutRun(context.db, worker, run.id, { reason: 'branch', question });
  return false;
}

/** @returns null when the branch is at the tip, else what prevents it and what to do */
async function tryToPublish(context: ActivityContext, run: RunRecord): Promise<string | null> {
  const home = { root: run.repository, gitDir: run.gitFolder };
  try {
    for (let before = ''; ;) {
      const { tip } = await readRun(context.db, run.id);
      const present = await branchTip(home, run.branch);
      if (present === tip) return null;
      const ours = present === null || (await isBehindTip(context, run, tip, present));
      const { store, borrowed } = context;
      const result = ours
        ? await publishBranch(home, store, run.branch, tip, present ?? { base: run.base }, borrowed.borrow)
        : 'lost';
      if (result === 'moved' || result === 'already') return null;
      if (result === 'checked-out') {
        const folder = await findCheckout(home, run.branch);
        const place = folder === null ? '' : ` in ${folder}`;
        return `The branch ${run.branch} is checked out${place} and cannot be moved. Check out another one there.`;
      }
      // Another landing of the run may have moved the branch: then tip and branch have changed, so try again.
      const state = `${tip} ${present}`;
      if (state === before) {
        return `The branch ${run.branch} was moved by somebody else and is left as it is. Rename it, which keeps what was put on it, or delete it.`;
      }
      before = state;
    }
  } catch (error) {
    if (error instanceof UnknownCommitError) {
      return `The branch ${run.branch} cannot be moved: ${error.message}. Run leadwright doctor --repair: it restores the commit if the repository has it, and else says what to do.`;
    }
    // The repository was moved, or its disk is full: retries do not fix that, so a person is asked. They do fix a lock.
    if (!(error instanceof EnvironmentError) || error instanceof BranchLockedError) throw error;
    // This worker may have stood still so long that another one has published meanwhile.
    if (await isPublished(context, run, home)) return null;
    return `The branch ${run.branch} cannot be written: ${error.message}. ${error.fix}`;
  }
}

/** Whether the branch is at the run's tip; false when the repository cannot be read. */
async function isPublished({ db }: ActivityContext, run: RunRecord, home: BranchHome): Promise<boolean> {
  const { tip } = await readRun(db, run.id);
  return (await branchTip(home, run.branch).catch(() => null)) === tip;
}

/** Whether a commit is the run's base, its tip, or between them: an earlier position of the run's branch. */
async function isBehindTip(
  context: ActivityContext,
  run: RunRecord,
  tip: CommitSha,
  wanted: CommitSha,
): Promise<boolean> {
  for (
    let at: CommitSha | null = tip;
    at !== null;
    at = at === run.base ? null : await context.store.parentOf(at)
  ) {
    if (at === wanted) return true;
  }
  return false;
}
