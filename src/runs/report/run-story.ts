/** A run as it is told afterwards: what was asked, what was done, what it cost. */
import type { RunGraph, RunTimeline, TaskBlocker } from '../../contract/api.js';
import type { Usage } from '../../contract/contract.js';
import { listBlockersAbout } from '../../db/blockers.js';
import type { Database } from '../../db/database.js';
import { readRunGraph } from '../../db/run-graph-view.js';
import { findRun } from '../../db/run-view.js';
import { readTaskStory, type TaskStory } from '../../db/task-page.js';
import { readTimeline } from '../../db/timeline-view.js';
import { readUsage } from '../../db/usage.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';
import type { Masker } from '../../redaction/redactor.js';
import { cutPatch, patchOf, taskRange } from './run-diff.js';

/** One task with what it changed. */
export interface TaskChapter extends TaskStory {
  /** Cut where it is longer than a person reads; null when the git store has it no more. */
  readonly patch: { readonly diff: string; readonly truncated: boolean } | null;
}

export interface RunStory {
  readonly runId: RunId;
  readonly model: string;
  readonly graph: RunGraph;
  readonly usage: Usage;
  readonly spans: RunTimeline['spans'];
  /** Questions about the run as a whole. */
  readonly blockers: readonly TaskBlocker[];
  /** In the plan's order. */
  readonly tasks: readonly TaskChapter[];
}

/** Of one task: some thousand lines. */
const TASK_PATCH_CHARS = 200_000;
/** Of a whole report: a page that every browser opens at once, and every code host takes as an attachment. */
const ALL_PATCH_CHARS = 4_000_000;

/** Null when there is no such run. What might be a secret in its changes is masked: a report is made to be passed on. */
export async function readRunStory(
  db: Database,
  store: GitStore,
  runId: RunId,
  masker: Pick<Masker, 'mask'>,
): Promise<RunStory | null> {
  const [run, graph, usage, spans, blockers] = await Promise.all([
    findRun(db, runId),
    readRunGraph(db, runId, { dashboard: '', temporal: '' }),
    readUsage(db, runId),
    readTimeline(db, runId),
    listBlockersAbout(db, runId, null),
  ]);
  if (run === null || graph === null) return null;
  const tasks: TaskChapter[] = [];
  let left = ALL_PATCH_CHARS;
  for (const { id } of graph.tasks) {
    const key = { runId, taskId: id };
    const story = await readTaskStory(db, key);
    // Cleaned away at this moment.
    if (story === null) return null;
    const range = await taskRange(db, store, key);
    const text = range === null ? '' : await patchOf(store, range);
    const patch = text === null ? null : cutPatch(masker.mask(text), Math.min(left, TASK_PATCH_CHARS));
    left -= patch?.diff.length ?? 0;
    tasks.push({ ...story, patch });
  }
  return { runId, model: run.model, graph, usage, spans, blockers, tasks };
}
