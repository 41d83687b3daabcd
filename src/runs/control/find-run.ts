/** Finds what a person named, in the record. */
import { findBlocker, type FoundBlocker } from '../../db/blockers.js';
import type { SqlDatabase } from '../../db/database.js';
import { findRun, type FoundRun } from '../../db/run-view.js';
import { NotFoundError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import type { RunControlContext } from './lead.js';

/** Finds a run. @throws NotFoundError */
export async function findControllableRun(
  { db }: { readonly db: SqlDatabase },
  id: RunId,
): Promise<FoundRun> {
  const found = await findRun(db, id);
  if (found === null) throw new NotFoundError(`There is no run ${id}. List the runs with: leadwright status`);
  return found;
}

/** Finds a blocker. @throws NotFoundError */
export async function findAnswerableBlocker(
  { db }: Pick<RunControlContext, 'db'>,
  id: string,
): Promise<FoundBlocker> {
  const found = await findBlocker(db, id);
  if (found !== null) return found;
  throw new NotFoundError(`There is no blocker ${id}. List the open ones with: leadwright blockers`);
}
