/** The data of a report: the plan, the work, the cost and the changes of a run. */
import type { RunGraph, RunTimeline, TaskBlocker } from '../../contract/api.js';
import type { RunStop, Usage } from '../../contract/run-view.js';
import { listBlockersAbout } from '../../db/blockers.js';
import type { Database } from '../../db/database.js';
import { readRunGraph } from '../../db/run-graph-view.js';
import { MODEL_ACCESS, readRunStop } from '../../db/run-stop.js';
import { findRun } from '../../db/run-view.js';
import { StatusTimes } from '../../db/status-times.js';
import { readTaskHistory, type TaskHistory } from '../../db/task-page.js';
import { readTimeline } from '../../db/timeline-view.js';
import { readUsage } from '../../db/usage.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';
import type { Redactor } from '../../redaction/redactor.js';
import { cutPatch, patchOf, taskRange } from './run-diff.js';

/** One task with its changes. */
export interface TaskReport extends TaskHistory {
  /** Cut when it is too long for a report; null when the git store no longer has it. */
  readonly patch: { readonly diff: string; readonly truncated: boolean } | null;
}

export interface RunReport {
  readonly runId: RunId;
  readonly model: string;
  readonly graph: RunGraph;
  /** Why the run was stopped; null when it was not, or a question says it. */
  readonly stop: RunStop | null;
  readonly usage: Usage;
  readonly spans: RunTimeline['spans'];
  /** Questions about the run as a whole. */
  readonly blockers: readonly TaskBlocker[];
  /** In the plan's order. */
  readonly tasks: readonly TaskReport[];
}

/** Whether the cost of a task lacks that of a model without a known price. */
export function isCostUnknown(
  { turns }: TaskReport,
  { unpricedModels }: Pick<RunGraph, 'unpricedModels'>,
): boolean {
  return turns.some(({ model }) => unpricedModels.includes(model));
}

/** Limit of one task's patch: several thousand lines. */
const TASK_PATCH_CHARS = 200_000;
/** Limit of all patches together: every browser opens such a page quickly, and every code host accepts it. */
const ALL_PATCH_CHARS = 4_000_000;

/**
 * Reads a run for a report; null when there is no such run. Secrets in its changes are redacted, since a report is
 * passed on.
 */
export async function readRunReport(
  db: Database,
  store: GitStore,
  runId: RunId,
  redactor: Pick<Redactor, 'redact'>,
): Promise<RunReport | null> {
  const statusTimes = new StatusTimes();
  const [run, graph, stop, usage, spans, blockers] = await Promise.all([
    findRun(db, runId),
    readRunGraph(db, runId, { dashboard: '', temporal: '' }, statusTimes),
    readRunStop(db, runId),
    readUsage(db, runId),
    readTimeline(db, runId),
    listBlockersAbout(db, runId, null),
  ]);
  if (run === null || graph === null) return null;
  const tasks: TaskReport[] = [];
  let remaining = ALL_PATCH_CHARS;
  for (const { id } of graph.tasks) {
    const key = { runId, taskId: id };
    const story = await readTaskHistory(db, key, statusTimes);
    // The run was removed meanwhile.
    if (story === null) return null;
    const range = await taskRange(db, store, key);
    const text = range === null ? '' : await patchOf(store, range);
    const patch =
      text === null ? null : cutPatch(redactor.redact(text), Math.min(remaining, TASK_PATCH_CHARS));
    remaining -= patch?.diff.length ?? 0;
    tasks.push({ ...story, patch });
  }
  return {
    runId,
    model: run.model,
    graph,
    stop: stop?.code === MODEL_ACCESS ? null : stop,
    usage,
    spans,
    blockers,
    tasks,
  };
}
