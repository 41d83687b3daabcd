/** Compares the record with the git store and the users' repositories: every commit that a run needs must exist. */
import type { RunStatus } from '../../contract/run-status.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { exists } from '../../shared/files/exists.js';
import { INTERNAL } from '../../db/run-stop.js';
import { publishBranch } from '../../git/user/publish.js';
import { branchTip, isAncestor } from '../../git/user/user-branch.js';
import { commitSha, runId, type CommitSha } from '../../contract/ids.js';
import { NotRepaired, type Difference, type RepairContext } from './difference.js';
import { homeOf, readTipFacts, type RunTip } from './tip-facts.js';
import { decideTip } from './decide-tip.js';
import { endWorkflows } from '../control/end-workflows.js';
import { REPAIR } from './compare-workflows.js';

/** Finds runs whose tip or branch differs from the record. */
export async function compareTips(context: RepairContext): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const run of await readRuns(context)) {
    try {
      const difference = isFinished(run.status)
        ? await compareEnd(context, run)
        : await compareTip(context, run);
      if (difference !== null) found.push(difference);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      found.push({
        run: run.id,
        kind: 'lost',
        description: `The repository of the run ${run.id} cannot be read: ${messageOf(error)}.`,
        advice: error.fix,
      });
    }
  }
  return found;
}

/** Whether the run never continues. Its commits then only have to exist for display. */
function isFinished(status: RunStatus): boolean {
  return status === 'completed' || status === 'cancelled';
}

async function readRuns(context: RepairContext): Promise<RunTip[]> {
  const rows = await context.db.prisma.run.findMany({
    // A run that did not start has no branch.
    where: { OR: [{ status: { not: 'failed' } }, { stopCode: null }, { stopCode: INTERNAL }] },
    select: {
      id: true,
      status: true,
      repository: true,
      gitFolder: true,
      branch: true,
      base: true,
      tip: true,
      tasks: {
        where: { commit: { not: null }, run: { status: { notIn: ['completed', 'cancelled'] } } },
        orderBy: { number: 'asc' },
        select: { commit: true },
      },
    },
    orderBy: { createdAt: 'asc' },
  });
  return rows.map(({ id, base, tip, tasks, ...run }) => ({
    ...run,
    id: runId(id),
    base: commitSha(base),
    tip: commitSha(tip),
    landed: tasks.flatMap(({ commit }) => (commit === null ? [] : [commitSha(commit)])),
  }));
}

/** Compares a finished run. Its branch belongs to the user, who may have changed it or deleted the repository. */
async function compareEnd(context: RepairContext, run: RunTip): Promise<Difference | null> {
  if ((await context.store.has(run.tip)) || !(await exists(run.gitFolder))) return null;
  const home = homeOf(run);
  if (!(await isAncestor(home, run.base, run.tip))) return null;
  return {
    run: run.id,
    kind: 'repairable',
    description: `The git store does not have the commit ${run.tip}, the final tip of the run ${run.id}.`,
    apply: async () => {
      await context.store.importBranch(home, run);
      return importedFrom(run);
    },
  };
}

async function compareTip(context: RepairContext, run: RunTip): Promise<Difference | null> {
  if (!(await exists(run.gitFolder))) {
    throw new EnvironmentError(
      `${run.gitFolder} does not exist`,
      `Restore it, or cancel the run: leadwright cancel ${run.id}.`,
    );
  }
  const facts = await readTipFacts(context.store, run);
  if (facts === null) return null;
  const repairable = (description: string, apply: () => Promise<string>): Difference => {
    return { run: run.id, kind: 'repairable', description, apply };
  };
  const lost = (description: string, advice: string): Difference => ({
    run: run.id,
    kind: 'lost',
    description,
    advice,
  });
  const again = `Or do the remaining tasks in a new run: leadwright cancel ${run.id}, then start one with another --id.`;
  const elsewhere = `The branch ${run.branch} in ${run.repository} is not at ${run.tip}, the tip of the run ${run.id}`;
  switch (decideTip(facts)) {
    case 'nothing':
      return null;
    case 'import':
      return repairable(
        `The git store does not have the commit ${run.tip}, the tip of the run ${run.id}.`,
        () => importAndPublish(context, run),
      );
    case 'take-branch':
      return repairable(
        `The record has the run ${run.id} at ${run.tip}, but its tasks landed up to ${facts.branch ?? ''} on its branch.`,
        () => takeBranch(context, run, facts.branch ?? run.tip),
      );
    case 'publish':
      return repairable(`${elsewhere}.`, async () => {
        await publish(context, run, facts.branch);
        return 'It was moved there.';
      });
    case 'branch-is-checked-out':
      return lost(
        `${elsewhere}, and it is checked out in ${facts.checkedOut ?? ''}.`,
        'Switch to another branch there (git switch -), or remove that worktree, then run the repair again.',
      );
    case 'tip-is-lost':
      return lost(
        `The commit ${run.tip}, the tip of the run ${run.id}, is neither in the git store nor in ${run.repository}.`,
        `Restore it (git fetch, or git reflog and git branch), then run the repair again. ${again}`,
      );
    case 'work-is-lost':
      return lost(
        `Tasks of the run ${run.id} are completed, but their commits are not on its branch.`,
        `Find them with git reflog ${run.branch}. ${again}`,
      );
    case 'branch-is-elsewhere':
      return lost(
        `The branch ${run.branch} in ${run.repository} was moved by somebody else.`,
        `Rename it (git branch -m ${run.branch} NEW-NAME), then run the repair again.`,
      );
  }
}

function importedFrom({ repository }: RunTip): string {
  return `It was imported from ${repository}.`;
}

async function importAndPublish(context: RepairContext, run: RunTip): Promise<string> {
  const home = homeOf(run);
  await context.store.importBranch(home, run);
  const branch = await branchTip(home, run.branch);
  // The branch may be behind a landing that was recorded but not published.
  const ours = branch === null || (await isAncestor(home, branch, run.tip));
  if (!ours) throw new NotRepaired(`${importedFrom(run)} ${branchNotMoved(run, 'lost')}`);
  await publish(context, run, branch, `${importedFrom(run)} `);
  return importedFrom(run);
}

/** Moves the user's branch to the tip. @throws NotRepaired when it was not moved; `before` tells what was repaired */
async function publish(
  context: RepairContext,
  run: RunTip,
  expected: CommitSha | null,
  before = '',
): Promise<void> {
  const result = await publishBranch(
    homeOf(run),
    context.store,
    run.branch,
    run.tip,
    expected ?? { base: run.base },
  );
  switch (result) {
    case 'moved':
    case 'already':
      return;
    case 'lost':
    case 'checked-out':
      throw new NotRepaired(before + branchNotMoved(run, result));
  }
}

function branchNotMoved({ branch }: RunTip, why: 'lost' | 'checked-out'): string {
  switch (why) {
    case 'lost':
      return `The branch ${branch} was left as it is, because somebody else moved it: rename it (git branch -m ${branch} NEW-NAME), then run the repair again.`;
    case 'checked-out':
      return `The branch ${branch} was left as it is, because it is checked out: switch to another one there (git switch -), then run the repair again.`;
  }
}

/**
 * Sets the recorded tip to the branch. Its workflows know the old tip, so they are terminated; the next lead reads
 * the record.
 */
async function takeBranch(context: RepairContext, run: RunTip, tip: CommitSha): Promise<string> {
  await context.store.importBranch(homeOf(run), { base: run.base, tip });
  await endWorkflows(context.temporal, run.id, REPAIR);
  const { count } = await context.db.prisma.run.updateMany({
    where: { id: run.id, tip: run.tip },
    data: { tip },
  });
  if (count === 0) throw new NotRepaired('The run has moved meanwhile. Run the repair again.');
  return 'The record follows the branch now.';
}
