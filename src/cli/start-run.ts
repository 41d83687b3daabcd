/** Starting a run: recorded once, its branch made, its workflow started; done twice, it is the same run. */
import { randomInt } from 'node:crypto';
import { answerBlocker, listOpenBlockers } from '../db/blockers.js';
import { recordNewRun, type RunClaim } from '../db/new-run.js';
import { deleteStoppedRun } from '../db/run-stop.js';
import { EnvironmentError, UsageError } from '../contract/errors.js';
import { branchOf } from '../contract/names.js';
import { publishBranch } from '../git/user/publish.js';
import { GitStore } from '../git/store/git-store.js';
import { branchTip, checkBranchWritable } from '../git/user/user-branch.js';
import { commitSha, ID_PATTERN, runId, type RunId } from '../contract/ids.js';
import { planHash } from '../plan/plan-hash.js';
import { startLead } from '../runs/control/lead.js';
import type { Project } from './open-project.js';
import type { Session } from './session.js';

export interface StartOptions {
  readonly id: RunId;
  readonly concurrency: number;
  readonly maxCorrections: number;
  readonly allowRedBase: boolean;
  readonly budgetUsd?: number | undefined;
}

/** Letters and digits that are not mistaken for each other. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A new run's id: the project's name and six characters by chance, a thousand million of them. */
export function newRunId(name: string): RunId {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  const chance = Array.from({ length: 6 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  const id = slug === '' ? chance : `${slug}-${chance}`;
  return runId(ID_PATTERN.test(id) ? id : chance);
}

/** Whether the run was there before. Nothing is recorded of a run whose branch cannot be made. */
export async function startRun(
  session: Session,
  project: Project,
  options: StartOptions,
): Promise<'new' | 'known'> {
  await deleteStoppedRun(session.db, options.id);
  const store = await GitStore.open(session.paths.store);
  try {
    await store.importBase(project.repository, project.repository.head);
    const claim = await claimRun(session, project, options);
    if (claim.kind === 'other') {
      throw new UsageError(
        `The run ${options.id} exists and has another ${claim.differs}. Choose another --id, or leave it out.`,
      );
    }
    await branchOrNothing(session, project, store, options.id, claim.kind);
    const again = claim.kind === 'same' && (await takeUpAgain(session, options.id));
    await startLead(session, options.id, again);
    return claim.kind === 'same' ? 'known' : 'new';
  } finally {
    store.close();
  }
}

async function claimRun(session: Session, project: Project, options: StartOptions): Promise<RunClaim> {
  const known = await session.db.prisma.run.findUnique({ where: { id: options.id }, select: { id: true } });
  if (known === null) {
    // Before anything is written: a branch that cannot be is found out now.
    await checkBranchWritable(project.repository, branchOf(options.id), [project.repository.head]);
  }
  const { budgetUsd, ...decided } = options;
  return recordNewRun(session.db, {
    ...decided,
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

async function branchOrNothing(
  session: Session,
  project: Project,
  store: GitStore,
  id: RunId,
  claim: 'created' | 'same',
): Promise<void> {
  try {
    await makeBranch(session, project, store, id);
  } catch (error) {
    if (claim === 'created') await session.db.prisma.run.delete({ where: { id } });
    throw error;
  }
}

/** The branch exists from the start, at the base; of a run that has begun it is the lead's. */
async function makeBranch(
  session: Session,
  { repository }: Project,
  store: GitStore,
  id: RunId,
): Promise<void> {
  const run = await session.db.prisma.run.findUniqueOrThrow({ where: { id } });
  const base = commitSha(run.base);
  if (run.tip !== base || run.status !== 'running') return;
  if ((await branchTip(repository, branchOf(id))) !== null) return;
  const made = await publishBranch(repository, store, branchOf(id), base, null);
  if (made === 'moved' || made === 'already') return;
  throw new EnvironmentError(
    `The branch ${branchOf(id)} could not be made in ${repository.root}: somebody else made it at this moment`,
    'Start the run again, or choose another --id.',
  );
}

/** A run that had no access to its model goes on with what this command's environment has. */
async function takeUpAgain(session: Session, id: RunId): Promise<boolean> {
  const held = (await listOpenBlockers(session.db, id)).filter(
    (blocker) => blocker.reason === 'model_access',
  );
  for (const blocker of held) await answerBlocker(session.db, blocker.id, 'leadwright run', '');
  return held.length > 0;
}
