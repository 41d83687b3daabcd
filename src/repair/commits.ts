/** The record against the git store and the users' repositories: every commit that a run goes on from is there. */
import type { RunStatus } from '../contract.js';
import { EnvironmentError, messageOf } from '../errors.js';
import { publishBranch } from '../git/publish.js';
import { branchTip, isBehind, type BranchHome } from '../git/user-branch.js';
import type { CommitSha, RunId } from '../ids.js';
import type { Difference, RepairPlace } from './difference.js';
import { decideTip, type TipFacts } from './tips.js';
import { endWorkflows } from './workflows.js';

interface RunRow {
  readonly id: RunId;
  readonly status: RunStatus;
  readonly repository: string;
  readonly gitFolder: string;
  readonly branch: string;
  readonly base: CommitSha;
  readonly tip: CommitSha;
  /** Where its completed tasks landed. */
  readonly landed: readonly CommitSha[];
}

/** Runs whose tip, or whose branch, is not where the record has it. */
export async function compareTips(place: RepairPlace): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const run of await readRuns(place)) {
    try {
      const difference = await compareTip(place, run);
      if (difference !== null) found.push(difference);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      found.push({
        run: run.id,
        kind: 'lost',
        said: `The repository of the run ${run.id} cannot be read: ${messageOf(error)}.`,
        advice: error.mend,
      });
    }
  }
  return found;
}

/** What may still go on. A branch of a run that has ended is its user's own. */
async function readRuns(place: RepairPlace): Promise<RunRow[]> {
  const { rows } = await place.db.pool.query<RunRow>(
    `SELECT id, status, repository, git_folder AS "gitFolder", branch, base, tip,
       ARRAY(SELECT commit FROM tasks WHERE run_id = runs.id AND commit IS NOT NULL ORDER BY number) AS landed
     FROM runs WHERE status NOT IN ('completed', 'cancelled') ORDER BY created_at`,
  );
  return rows;
}

async function compareTip(place: RepairPlace, run: RunRow): Promise<Difference | null> {
  const home = { root: run.repository, gitDir: run.gitFolder };
  const facts = await tipFacts(place, run, home);
  const mendable = (said: string, done: string, apply: () => Promise<void>): Difference => {
    return { run: run.id, kind: 'mendable', said, done, apply };
  };
  const lost = (said: string, advice: string): Difference => ({ run: run.id, kind: 'lost', said, advice });
  const again = `What is left can be done by a new run: leadwright cancel ${run.id}, then another --id.`;
  switch (decideTip(facts)) {
    case 'nothing':
      return null;
    case 'import':
      return mendable(
        `The git store does not have the commit ${run.tip} that the run ${run.id} stands at.`,
        `It was brought back from ${run.repository}.`,
        () => importAndPublish(place, run, home, run.tip),
      );
    case 'take-branch':
      return mendable(
        `The record has the run ${run.id} at ${run.tip}, but its tasks landed up to ${facts.branch ?? ''} on its branch.`,
        'The record follows the branch now.',
        () => takeBranch(place, run, home, facts.branch ?? run.tip),
      );
    case 'publish':
      return mendable(
        `The branch ${run.branch} in ${run.repository} is not at ${run.tip}, where the run ${run.id} stands.`,
        'It was moved there, unless it is checked out.',
        async () => {
          await publishBranch(home, place.store, run.branch, run.tip, facts.branch);
        },
      );
    case 'tip-is-lost':
      return lost(
        `The commit ${run.tip} that the run ${run.id} stands at is neither in the git store nor in ${run.repository}.`,
        `Bring it back (git fetch, or git reflog and git branch), then repair again. ${again}`,
      );
    case 'work-is-lost':
      return lost(
        `Tasks of the run ${run.id} are completed, but their commits are not on its branch.`,
        `Look for them with git reflog ${run.branch}. ${again}`,
      );
    case 'branch-is-elsewhere':
      return lost(
        `The branch ${run.branch} in ${run.repository} was moved by somebody else.`,
        `Rename it (git branch -m ${run.branch} NEW-NAME), then repair again.`,
      );
  }
}

async function tipFacts(place: RepairPlace, run: RunRow, home: BranchHome): Promise<TipFacts> {
  const branch = await branchTip(home, run.branch);
  const way = await wayTo(place, run);
  const inRepository = await isBehind(home, run.base, run.tip);
  const from = way !== null || inRepository ? run.tip : run.base;
  const behind = async (commits: readonly CommitSha[], newer: CommitSha | null) => {
    if (newer === null) return false;
    for (const commit of commits) if (!(await isBehind(home, commit, newer))) return false;
    return true;
  };
  const landedOnTip =
    way !== null ? run.landed.every((commit) => way.has(commit)) : await behind(run.landed, run.tip);
  return {
    base: run.base,
    tip: run.tip,
    inStore: way !== null,
    inRepository,
    branch,
    branchIsAhead: branch !== null && branch !== run.tip && (await isBehind(home, from, branch)),
    branchIsBehind: branch !== null && (way?.has(branch) ?? (await isBehind(home, branch, run.tip))),
    landedOnTip,
    landedOnBranch: await behind(run.landed, branch),
  };
}

/** The commits from the tip back to the base, both with it; null when the store does not have them all. */
async function wayTo({ store }: RepairPlace, run: RunRow): Promise<Set<CommitSha> | null> {
  const way = new Set<CommitSha>();
  for (let at: CommitSha | null = run.tip; at !== null; at = await store.parentOf(at)) {
    if (!(await store.has(at))) return null;
    way.add(at);
    if (at === run.base) return way;
  }
  return null;
}

async function importAndPublish(
  place: RepairPlace,
  run: RunRow,
  home: BranchHome,
  tip: CommitSha,
): Promise<void> {
  await place.store.importBranch(home, { base: run.base, tip });
  const branch = await branchTip(home, run.branch);
  // The branch may be behind what was only recorded; one that somebody else moved is left as it is.
  if (branch === null || (await isBehind(home, branch, tip)))
    await publishBranch(home, place.store, run.branch, tip, branch);
}

/** Its workflows know of the old tip: they are ended, and the lead that is started next reads the record. */
async function takeBranch(place: RepairPlace, run: RunRow, home: BranchHome, tip: CommitSha): Promise<void> {
  await place.store.importBranch(home, { base: run.base, tip });
  await endWorkflows(place.temporal, run.id);
  await place.db.pool.query('UPDATE runs SET tip = $2 WHERE id = $1 AND tip = $3', [run.id, tip, run.tip]);
}
