/** The whole record of a run as lines of JSON, `{ "kind", … }` each (docs/export.md). */
import { listBlockersAbout } from '../../db/blockers.js';
import { listCalls } from '../../db/calls.js';
import type { Database } from '../../db/database.js';
import { readEvents } from '../../db/event-log.js';
import { readRunView } from '../../db/run-view.js';
import { readRun } from '../../db/task-record.js';
import { StatusTimes } from '../../db/status-times.js';
import { readTaskHistory } from '../../db/task-page.js';
import { listVerdicts } from '../../db/verdicts.js';
import type { RunUrls, RunView } from '../../contract/run-view.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';
import { packageVersion } from '../../shared/files/package-root.js';
import { attemptRange, patchOf } from './run-diff.js';

export const LINE_KINDS = [
  'export',
  'run',
  'plan',
  'task',
  'turn',
  'call',
  'attempt',
  'verdict',
  'correction',
  'blocker',
  'event',
] as const;

/** One line. */
export interface ExportLine {
  readonly kind: (typeof LINE_KINDS)[number];
  readonly [key: string]: unknown;
}

/** Increased when a line changes so that existing readers would misread it. */
const FORMAT = 1;
/** Events read at a time: few statements, little memory. */
const PAGE = 500;

/** What the record is read from. */
export interface ExportSources {
  readonly db: Database;
  readonly store: GitStore;
}

/** The lines of a run in order, read while they are consumed; null when there is no such run. */
export async function exportOf(
  sources: ExportSources,
  runId: RunId,
  urls: RunUrls,
): Promise<AsyncGenerator<ExportLine> | null> {
  const view = await readRunView(sources.db, runId, urls);
  return view === null ? null : linesOf(sources, view);
}

async function* linesOf(sources: ExportSources, view: RunView): AsyncGenerator<ExportLine> {
  const { db } = sources;
  const { tasks, ...run } = view;
  const { runId } = run;
  yield { kind: 'export', format: FORMAT, leadwright: packageVersion(), at: new Date().toISOString() };
  yield { kind: 'run', ...run };
  const { plan, model, maxCorrections } = await readRun(db, runId);
  yield { kind: 'plan', ...plan, model, maxCorrections };
  const statusTimes = new StatusTimes();
  for (const task of tasks) yield* taskLines({ ...sources, statusTimes }, runId, task);
  for (const call of await listCalls(db, runId)) yield { kind: 'call', ...call };
  for (const verdict of await listVerdicts(db, runId)) yield { kind: 'verdict', ...verdict };
  for (const blocker of await listBlockersAbout(db, runId, null))
    yield { kind: 'blocker', taskId: null, ...blocker };
  yield* eventLines(db, runId);
}

async function* taskLines(
  sources: ExportSources & { readonly statusTimes: StatusTimes },
  runId: RunId,
  view: RunView['tasks'][number],
): AsyncGenerator<ExportLine> {
  const { db, store } = sources;
  const taskId = view.id;
  const key = { runId, taskId };
  const story = await readTaskHistory(db, key, sources.statusTimes);
  // The run was removed meanwhile.
  if (story === null) return;
  const { commit, filesModified, output } = view;
  const { task, description } = story;
  yield { kind: 'task', ...task, description, commit, filesModified, output };
  for (const turn of story.turns) yield { kind: 'turn', taskId, ...turn };
  for (const { kind: as, ...attempt } of story.attempts) {
    const patch = await patchOf(store, await attemptRange(db, key, attempt.number));
    // The verdict has its own line.
    yield { kind: 'attempt', taskId, as, ...attempt, test: undefined, patch };
  }
  for (const correction of story.corrections) yield { kind: 'correction', taskId, ...correction };
  for (const blocker of story.blockers) yield { kind: 'blocker', taskId, ...blocker };
}

async function* eventLines(db: Database, runId: RunId): AsyncGenerator<ExportLine> {
  for (let after = 0; ;) {
    const page = await readEvents(db.pool, runId, after, PAGE);
    for (const event of page) yield { kind: 'event', ...event };
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return;
  }
}
