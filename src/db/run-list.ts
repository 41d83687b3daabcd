/** The list of all runs, with what a person needs to tell them apart. */
import { runListEntrySchema, type RunListEntry } from '../contract/run-view.js';
import { priceOf } from '../model/prices.js';
import type { SqlDatabase } from './database.js';
import { verifyOutcome } from './judged-work.js';
import { waitOf } from './run-view.js';
import { selectRuns } from './sql/run-view.js';

/** Lists all runs, newest first. */
export async function listRuns({ pool }: Pick<SqlDatabase, 'pool'>): Promise<RunListEntry[]> {
  const runs = await selectRuns(pool);
  return runs.map(({ total, completed, unproven, model, prices, ...run }) =>
    // The schema drops the columns that waitOf() and verifyOutcome() read.
    runListEntrySchema.parse({
      ...run,
      startedAt: run.startedAt.toISOString(),
      finishedAt: run.finishedAt?.toISOString() ?? null,
      isCostUnknown: prices !== null && priceOf(model, prices) === null,
      tasks: { total, completed, unproven },
      verify: verifyOutcome(run),
      waiting: waitOf(run, null),
    }),
  );
}
