/** A run that `run --id` continues: its own settings count, and not those of the command. */
import { existsSync } from 'node:fs';
import { readSpending } from '../../db/budget.js';
import type { Database } from '../../db/database.js';
import { findRun } from '../../db/run-view.js';
import type { RunId } from '../../contract/ids.js';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { formatUsd } from '../../shared/words/format.js';
import type { Project } from './open-project.js';
import { warn } from '../print/output.js';
import { pathsOf, withReader } from '../session/session.js';
import { wouldContinue } from './start-run.js';

/** Whether there is a record to read. A home without a database has none, and none is made. */
export function hasRecord(env: Environment): boolean {
  return nonEmpty(env['DATABASE_URL']) !== undefined || existsSync(pathsOf(env).postgres);
}

/**
 * Reads the model of the run that `run` would continue; null when it would start a new one.
 * @throws UsageError when the id belongs to another run
 */
export async function readKnownModel(
  env: Environment,
  project: Pick<Project, 'repository' | 'plan'>,
  id: RunId,
): Promise<string | null> {
  if (!hasRecord(env)) return null;
  return withReader(env, async (reader) => {
    const db = await reader.database();
    if (!(await wouldContinue(db, project, id))) return null;
    return (await findRun(db, id))?.model ?? null;
  });
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

function isOther<T>(given: T | undefined, has: T | null): boolean {
  return given !== undefined && given !== has;
}
