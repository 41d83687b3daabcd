import { askAboutRun, settleQuestion } from '../db/blockers.js';
import { readRun, type RunRecord } from '../db/task-record.js';
import { EnvironmentError } from '../contract/errors.js';
import { publishBranch } from '../git/user/publish.js';
import { branchTip } from '../git/user/user-branch.js';
import type { CommitSha } from '../contract/ids.js';
import type { ActivityContext } from './activity-context.js';

/**
 * Moves the run's branch in the user's repository to its tip, forward and never back. Where both stand is looked
 * up, so that a publication that was cut off is made up for, and a late one finds nothing to do. False when it
 * cannot be moved: a person is asked, and what landed stays in the store until then.
 */
export async function publishRunBranch(context: ActivityContext, run: RunRecord): Promise<boolean> {
  const problem = await tryToPublish(context, run);
  if (problem === null) {
    await settleQuestion(context.db, run.id, 'branch');
    return true;
  }
  await askAboutRun(context.db, run.id, { reason: 'branch', question: `${problem} Then answer this.` });
  return false;
}

/** Null when the branch stands at the tip; else what is in the way, and what to do. */
async function tryToPublish(context: ActivityContext, run: RunRecord): Promise<string | null> {
  const home = { root: run.repository, gitDir: run.gitFolder };
  try {
    for (let before = ''; ;) {
      const { tip } = await readRun(context.db, run.id);
      const present = await branchTip(home, run.branch);
      if (present === tip) return null;
      const ours = present === null || (await isBehindTip(context, run, tip, present));
      const result = ours ? await publishBranch(home, context.store, run.branch, tip, present) : 'lost';
      if (result === 'moved' || result === 'already') return null;
      if (result === 'checked-out') {
        return `The branch ${run.branch} is checked out and cannot be moved. Check out another one.`;
      }
      // It may be another landing of the run that moved it meanwhile: then both stand elsewhere now.
      const seen = `${tip} ${present}`;
      if (seen === before) {
        return `The branch ${run.branch} was moved by somebody else and is left as it is. Rename or delete it.`;
      }
      before = seen;
    }
  } catch (error) {
    // The repository was moved, its disk is full, a ref is locked: no retry mends that, a person does.
    if (!(error instanceof EnvironmentError)) throw error;
    return `The branch ${run.branch} cannot be written: ${error.message}. ${error.fix}`;
  }
}

/** Whether a commit is one that the run's branch has stood at. */
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
