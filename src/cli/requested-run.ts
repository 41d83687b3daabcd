/** The run or task that a person named on the command line. */
import { NotFoundError, UsageError } from '../contract/errors.js';
import { ID_PATTERN, taskId, type RunId, type TaskId } from '../contract/ids.js';
import type { RunView, TaskView } from '../contract/run-view.js';
import { findNewestRunId, findRunIds, readRunView } from '../db/run-view.js';
import { didYouMean } from '../plan/did-you-mean.js';
import type { Environment } from '../shared/config.js';
import { count, formatList } from '../shared/words/format.js';
import { withReader, withSession, type Reader, type Session } from './session/session.js';

/** The name of the newest run, unless a run has it as its id. */
export const LATEST = 'latest';

/** Ids that an ambiguous prefix lists. */
const IDS_SHOWN = 10;

/**
 * Finds the run that a person named: by its id, by the unique beginning of its id, or as `latest`.
 * @throws NotFoundError when there is none
 * @throws UsageError when there are several
 */
export async function findRunId({ db }: Pick<Reader, 'db'>, text: string): Promise<RunId> {
  checkRunName(text);
  const ids = await findRunIds(db, text);
  const found = ids.find((id) => id === text) ?? (text === LATEST ? await findNewestRunId(db) : ids[0]);
  if (found === undefined) {
    const missing = text === LATEST ? 'There is no run yet' : `There is no run ${text}`;
    throw new NotFoundError(`${missing}. List the runs with:  leadwright status`);
  }
  if (found === text || text === LATEST || ids.length === 1) return found;
  const all = formatList(ids, IDS_SHOWN);
  throw new UsageError(`${count(ids.length, 'run')} begin with ${text}: ${all}. Write more of the id`);
}

/** Checks what needs no database. @throws UsageError when the text can be neither an id nor its beginning */
export function checkRunName(text: string): void {
  if (!ID_PATTERN.test(text)) throw new UsageError(`${JSON.stringify(text)} cannot be the id of a run`);
}

/** Runs `use` with the id of the run that a person named, and with the record. @throws UsageError */
export async function withRun<T>(
  env: Environment,
  run: string,
  use: (id: RunId, reader: Reader) => Promise<T>,
): Promise<T> {
  checkRunName(run);
  return withReader(env, async (reader) => use(await findRunId(reader, run), reader));
}

/**
 * Runs `use` with the stack and the id of the run that a person named, for a command that starts no worker itself.
 * @param signal aborted when the command is interrupted
 * @throws UsageError when there is no such run, before the rest of the stack is started
 */
export function withSessionOf<T>(
  env: Environment,
  run: string,
  use: (session: Session, id: RunId) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withRun(env, run, (id) => withSession(env, 'none', (session) => use(session, id), { signal }));
}

/** @throws UsageError when the text cannot be a task's id */
export function parseTaskId(text: string): TaskId {
  if (!ID_PATTERN.test(text)) throw new UsageError(`${JSON.stringify(text)} cannot be the id of a task`);
  return taskId(text);
}

/** @throws NotFoundError when the run was deleted meanwhile */
export async function requireRun(reader: Pick<Reader, 'db' | 'urls'>, id: RunId): Promise<RunView> {
  const view = await readRunView(reader.db, id, reader.urls(id));
  if (view === null) throw new NotFoundError(`There is no run ${id}. List the runs with:  leadwright status`);
  return view;
}

/** The task of a run. @throws NotFoundError when the run has none with this id, with the id that was probably meant */
export function requireTask<Task extends Pick<TaskView, 'id'>>(
  { runId, tasks }: Pick<RunView, 'runId'> & { readonly tasks: readonly Task[] },
  id: TaskId,
): Task {
  const found = tasks.find((task) => task.id === id);
  if (found !== undefined) return found;
  const known = tasks.map((task) => task.id);
  const hint = didYouMean(id, known) || '.';
  throw new NotFoundError(
    `The run ${runId} has no task ${id}${hint} List its tasks with:  leadwright show ${runId}`,
  );
}
