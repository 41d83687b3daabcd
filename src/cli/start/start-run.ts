/** Starts a run: records it, creates its branch, has its workflow started. Each step may be repeated with the same id. */
import type { WorkflowHandle } from '@temporalio/client';
import { answerBlocker, listOpenBlockers } from '../../db/blockers.js';
import {
  deleteStoppedRun,
  readRunStart,
  recordNewRun,
  requireRunStart,
  type RunClaim,
} from '../../db/new-run.js';
import { EnvironmentError } from '../../contract/errors.js';
import { runBranch } from '../../contract/names.js';
import { publishBranch } from '../../git/user/publish.js';
import type { GitStore } from '../../git/store/git-store.js';
import { branchTip, checkBranchWritable } from '../../git/user/user-branch.js';
import type { RunId } from '../../contract/ids.js';
import { misnamedFileWarnings } from '../../plan/missing-files.js';
import { planHash } from '../../plan/plan-hash.js';
import { idTaken } from './known-run.js';
import type { Project } from './open-project.js';
import { startByWorker } from './start-by-worker.js';
import type { Session } from '../session/session.js';
import { warn } from '../print/output.js';
import { withStore } from '../session/with-store.js';

export interface StartOptions {
  readonly id: RunId;
  readonly concurrency: number;
  readonly maxCorrections: number;
  readonly allowRedBase: boolean;
  readonly budgetUsd?: number | undefined;
  /** The id was made for this run: none had it before. */
  readonly isNewId: boolean;
  /** Ends the wait for the lead of a new run. */
  readonly signal: AbortSignal;
  /** Called once the run and its branch are complete: from now on the run may start. */
  readonly onRecorded: () => void;
}

/**
 * Starts a run, or continues the run with this id. A run whose branch cannot be created is not recorded.
 * @returns whether the id was new
 */
export async function startRun(
  session: Session,
  project: Project,
  options: StartOptions,
): Promise<'new' | 'known'> {
  const { id, isNewId } = options;
  // While Temporal may still be starting.
  const looking = isNewId ? Promise.resolve(null) : findOldLead(session, id);
  looking.catch(() => undefined);
  return withStore(session.paths, async (store) => {
    await store.importBase(project.repository, project.repository.head);
    // Before the record is read: when it then has no such run, the lead is of one that was deleted, and no command's new one.
    const oldLead = await looking;
    await deleteStoppedRun(session.db, id);
    await warnOfMisnamedFiles(store, project);
    const claim = await claimRun(session, project, options, oldLead);
    if (claim.kind === 'other') throw idTaken(id, claim.differs);
    await createBranchOrForget(session, project, store, id, claim.kind);
    options.onRecorded();
    if (isNewId) {
      await startByWorker(session, id, options.signal);
      return 'new';
    }
    const { startLead } = await import('../../runs/control/lead.js');
    const resolved = claim.kind === 'same' && (await resolveModelAccess(session, id));
    await startLead(session, id, resolved);
    return claim.kind === 'same' ? 'known' : 'new';
  });
}

/** Warns of entries of `files` that name no single file: nothing of them is shown to the agent. */
async function warnOfMisnamedFiles(store: GitStore, { plan, repository }: Project): Promise<void> {
  if (plan.tasks.every(({ files }) => files.length === 0)) return;
  const paths = (await store.listTree(repository.head)).map(({ path }) => path);
  misnamedFileWarnings(plan.tasks, paths).forEach(warn);
}

async function findOldLead(session: Session, id: RunId): Promise<WorkflowHandle | null> {
  const { findOpenWorkflow } = await import('../../runs/control/end-workflows.js');
  return findOpenWorkflow(await session.temporal(), runBranch(id));
}

/** @param oldLead the lead that was open before; it ends before a new run is recorded, which needs one of its own */
async function claimRun(
  session: Session,
  project: Project,
  options: StartOptions,
  oldLead: WorkflowHandle | null,
): Promise<RunClaim> {
  if ((await readRunStart(session.db, options.id)) === null) {
    // Checked before anything is written.
    await checkBranchWritable(project.repository, runBranch(options.id), [project.repository.head]);
    // It may still be notifying the `on_end` receiver of its run, which takes minutes.
    if (oldLead !== null) {
      const { terminate } = await import('../../runs/control/end-workflows.js');
      await terminate(oldLead, 'Its run was deleted, and a new one has its id.');
    }
  }
  const { id, concurrency, maxCorrections, allowRedBase, budgetUsd } = options;
  return recordNewRun(session.db, {
    id,
    concurrency,
    maxCorrections,
    allowRedBase,
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
    repository: project.repository.root,
    gitFolder: project.repository.gitDir,
    base: project.repository.head,
    plan: project.plan,
    planHash: planHash(project.plan),
    model: project.model,
    modelEndpoint: project.modelEndpoint,
  });
}

/** Creates the branch; when that fails, deletes the run that this command has just recorded. */
async function createBranchOrForget(
  session: Session,
  project: Project,
  store: GitStore,
  id: RunId,
  claim: 'created' | 'same',
): Promise<void> {
  try {
    await createBranch(session, project, store, id);
  } catch (error) {
    if (claim === 'created') await session.db.prisma.run.delete({ where: { id } });
    throw error;
  }
}

/** Creates the run's branch at the base. Once the run has begun, only its lead agent moves the branch. */
async function createBranch(
  session: Session,
  { repository }: Project,
  store: GitStore,
  id: RunId,
): Promise<void> {
  const run = await requireRunStart(session.db, id);
  const { base } = run;
  if (run.tip !== base || run.status !== 'running') return;
  if ((await branchTip(repository, runBranch(id))) !== null) return;
  const outcome = await publishBranch(repository, store, runBranch(id), base, { base });
  if (outcome === 'moved' || outcome === 'already') return;
  throw new EnvironmentError(
    `The branch ${runBranch(id)} could not be created in ${repository.root}: something else created it at the same moment`,
    'Start the run again, or choose another --id.',
  );
}

/**
 * Resolves blockers about missing access to the model, because the run continues with this command's environment.
 * @returns whether there were any
 */
async function resolveModelAccess(session: Session, id: RunId): Promise<boolean> {
  const blockers = (await listOpenBlockers(session.db, id)).filter(
    (blocker) => blocker.reason === 'model_access',
  );
  for (const blocker of blockers) await answerBlocker(session.db, blocker.id, 'leadwright run', '');
  return blockers.length > 0;
}
