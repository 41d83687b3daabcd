import { askAboutRun } from '../db/blockers.js';
import type { RunRecord } from '../db/task-record.js';
import { publishBranch } from '../git/publish.js';
import { branchTip } from '../git/user-branch.js';
import type { CommitSha } from '../ids.js';
import type { Workplace } from './workplace.js';

/**
 * Moves the run's branch in the user's repository to the tip. Where the branch stands is looked up, so that a
 * publication that was cut off is made up for. False when it must not be moved: a person is asked.
 */
export async function publish(place: Workplace, run: RunRecord, tip: CommitSha): Promise<boolean> {
  const home = { root: run.repository, gitDir: run.gitFolder };
  const present = await branchTip(home, run.branch);
  if (present === tip) return true;
  const ours = present === null || (await isOnTheWay(place, run, tip, present));
  const result = ours ? await publishBranch(home, place.store, run.branch, tip, present) : 'lost';
  switch (result) {
    case 'moved':
    case 'already':
      return true;
    case 'lost':
      await askAboutRun(place.db, run.id, {
        reason: 'branch',
        question: `The branch ${run.branch} was moved by somebody else and is left as it is. Rename or delete it, then answer this.`,
      });
      return false;
    case 'checked-out':
      await askAboutRun(place.db, run.id, {
        reason: 'branch',
        question: `The branch ${run.branch} is checked out and cannot be moved. Check out another one, then answer this.`,
      });
      return false;
  }
}

/** Whether a commit is one that the run's branch has stood at. */
async function isOnTheWay(
  place: Workplace,
  run: RunRecord,
  tip: CommitSha,
  wanted: CommitSha,
): Promise<boolean> {
  for (
    let at: CommitSha | null = tip;
    at !== null;
    at = at === run.base ? null : await place.store.parentOf(at)
  ) {
    if (at === wanted) return true;
  }
  return false;
}
