/** Runs that exist when `run` is given: the one that it continues, with its own settings, and others of the same plan. */
import { existsSync } from 'node:fs';
import { UsageError } from '../../contract/errors.js';
import { readSpending } from '../../db/budget.js';
import type { Database, SqlDatabase } from '../../db/database.js';
import { compareWithExisting, listOpenRunsOfPlan, readRunStart, type RunStart } from '../../db/new-run.js';
import { planHash } from '../../plan/plan-hash.js';
import type { RunId } from '../../contract/ids.js';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { formatList, formatUsd } from '../../shared/words/format.js';
import type { Project } from './open-project.js';
import { warn } from '../print/output.js';
import { retryWhileUnavailable } from '../session/retry-while-unavailable.js';
import { pathsOf, withReader, type KeptDatabase } from '../session/session.js';
import {
  interruptedBeforeContinuing,
  interruptedBeforeStart,
  untilInterrupted,
} from '../session/until-interrupted.js';

/** Whether there is a record to read. A home without a database has none, and none is made. */
export function hasRecord(env: Environment): boolean {
  return nonEmpty(env['DATABASE_URL']) !== undefined || existsSync(pathsOf(env).postgres);
}

/**
 * Finds the model of the run that `run` would continue; null when it would start a new one.
 * @param database kept up for the stack that the command starts next, whose start would wait for its end
 * @throws UsageError when the id belongs to another run
 */
export async function findKnownModel(
  env: Environment,
  project: Pick<Project, 'repository' | 'plan'>,
  id: RunId,
  database: KeptDatabase,
): Promise<string | null> {
  if (!hasRecord(env)) return null;
  const read = () =>
    withReader(env, async (reader) => {
      await database.hold();
      return (await findContinued(reader.db, project, id))?.model ?? null;
    });
  return untilInterrupted(async (signal) => {
    const model = await retryWhileUnavailable(read);
    if (signal.aborted) throw model === null ? interruptedBeforeStart() : interruptedBeforeContinuing(id);
    return model;
  });
}

/** The id belongs to a run of another plan or repository. */
export function idTaken(id: RunId, differs: 'plan' | 'repository'): UsageError {
  return new UsageError(
    `The run ${id} exists and has another ${differs}. Choose another --id, or leave it out.`,
  );
}

/**
 * Finds the run that `startRun` would continue with this id; null when it would start a new one.
 * @throws UsageError when it would refuse the id
 */
export async function findContinued(
  db: SqlDatabase,
  { repository, plan }: Pick<Project, 'repository' | 'plan'>,
  id: RunId,
): Promise<RunStart | null> {
  const found = await readRunStart(db, id);
  if (found === null || found.isStopped) return null;
  const compared = compareWithExisting(found, { repository: repository.root, planHash: planHash(plan) });
  if (compared.kind === 'other') throw idTaken(id, compared.differs);
  return found;
}

/** The options of `run` that are settings of the run; undefined when they were not given. */
export interface SettingOptions {
  readonly budgetUsd?: number;
  readonly concurrency?: number;
  readonly maxCorrections?: number;
  readonly model?: string;
  readonly allowRedBase?: boolean;
}

/** Warns of each option that has no effect on a known run: a run keeps the settings of its first start. */
export async function warnOfOtherSettings(db: Database, id: RunId, given: SettingOptions): Promise<void> {
  const budgetUsd = (await readSpending(db, id))?.budgetUsd ?? null;
  const run = await db.prisma.run.findUniqueOrThrow({
    where: { id },
    select: { concurrency: true, maxCorrections: true, model: true, allowRedBase: true },
  });
  const budget = budgetUsd === null ? 'no budget' : `a budget of ${formatUsd(budgetUsd)}`;
  if (isOther(given.budgetUsd, budgetUsd))
    warn(`the run ${id} was started with ${budget}, and keeps it. Only an answer can raise it: --add-usd`);
  if (isOther(given.concurrency, run.concurrency))
    warn(`the run ${id} has a concurrency of ${run.concurrency}, and keeps it. Change it in the dashboard`);
  if (isOther(given.maxCorrections, run.maxCorrections))
    warn(
      `the run ${id} was started with --max-corrections ${run.maxCorrections}, and keeps that. An answer can allow more: --retry`,
    );
  if (isOther(given.model, run.model))
    warn(
      `the run ${id} was started with the model ${run.model}, and keeps it. Another model needs a new run`,
    );
  if (isOther(given.allowRedBase, run.allowRedBase))
    warn(`the run ${id} was started without --allow-red-base, and keeps that`);
}

/**
 * Warns of open runs of the same plan, which do the same work. A person may have given `run` again to continue one, or
 * may not know that Ctrl-C left it running.
 */
export async function warnOfSamePlan(
  db: SqlDatabase,
  id: RunId,
  { repository, plan }: Pick<Project, 'repository' | 'plan'>,
): Promise<void> {
  const wanted = { repository: repository.root, planHash: planHash(plan) };
  const [other, ...more] = await listOpenRunsOfPlan(db, wanted, id);
  if (other === undefined) return;
  if (more.length > 0) {
    const ids = [other, ...more].map((run) => run.id);
    warn(
      `the runs ${formatList(ids)} of the same plan are still open. To end this one:  leadwright cancel ${id}`,
    );
    return;
  }
  const goOn = other.status === 'paused' ? 'resume' : 'watch';
  warn(
    `the run ${other.id} of the same plan is still ${other.status}. To go on with it alone:  leadwright cancel ${id} && leadwright ${goOn} ${other.id}`,
  );
}

function isOther<T>(given: T | undefined, has: T | null): boolean {
  return given !== undefined && given !== has;
}
