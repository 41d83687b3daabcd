import { describeConversations } from '../agent/request/describe-conversations.js';
import { readOutput } from '../agent/outputs.js';
import { describeTurns } from '../agent/answer/tool-calls.js';
import type {
  BlockerCase,
  OpenBlockers,
  RecordedOutput,
  RunGraph,
  RunTimeline,
  RunUsage,
  TaskDiff,
  TaskPage,
  Workers,
} from '../contract/api.js';
import type { RunListEntry, RunUrls, RunView } from '../contract/run-view.js';
import { readBlockerCase } from '../db/blocker-case.js';
import { listOpenBlockers } from '../db/blockers.js';
import { readSpending } from '../db/budget.js';
import type { Database } from '../db/database.js';
import { readRunGraph } from '../db/run-graph-view.js';
import { listRuns } from '../db/run-list.js';
import { findRun, readRunView } from '../db/run-view.js';
import type { TaskKey } from '../db/fencing.js';
import { StatusTimes } from '../db/status-times.js';
import { readTaskHistory } from '../db/task-page.js';
import { readRun } from '../db/task-record.js';
import { readTimeline } from '../db/timeline-view.js';
import { readUsageByMinute, readUsage } from '../db/usage.js';
import { listServingWorkers } from '../db/workers.js';
import type { GitStore } from '../git/store/git-store.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import { redactOwnSecrets } from '../redaction/own-secrets.js';
import {
  attemptRange,
  cutPatch,
  type AttemptBase,
  taskRange,
  turnRange,
  unlandedRange,
  type Range,
} from '../runs/report/run-diff.js';

/** The queries of the API. A null result means that there is no such run or task. */
export interface ReadQueries {
  runs(): Promise<RunListEntry[]>;
  run(id: RunId): Promise<RunView | null>;
  graph(id: RunId): Promise<RunGraph | null>;
  timeline(id: RunId): Promise<RunTimeline | null>;
  usage(id: RunId): Promise<RunUsage | null>;
  task(key: TaskKey): Promise<TaskPage | null>;
  /** @throws UsageError when there is no such task, attempt or turn */
  diff(key: TaskKey, of: DiffOf): Promise<TaskDiff>;
  /** An output of the task by its id. */
  output(key: TaskKey, id: string): Promise<RecordedOutput | null>;
  allBlockers(): Promise<OpenBlockers>;
  blockers(run: RunId): Promise<OpenBlockers | null>;
  /** Null also when the blocker was answered. */
  blocker(id: BlockerId): Promise<BlockerCase | null>;
  workers(): Promise<Workers>;
}

/** Which changes of a task: those of an attempt, of a turn in the draft, or of the task as a whole. */
export type DiffOf =
  | { readonly kind: 'attempt'; readonly number: number; readonly from: AttemptBase }
  | { readonly kind: 'turn'; readonly number: number }
  | { readonly kind: 'task' };

export interface ReadQueriesOptions {
  readonly db: Database;
  /** Opened when a diff is first asked for. */
  readonly store: () => Promise<GitStore>;
  readonly urls: (run: RunId) => RunUrls;
  /** The page of a task's workflow, the first one being 1; null when nobody knows where the Temporal UI is. */
  readonly workflowUrl: (key: TaskKey, workflow: number) => string | null;
}

/** More than a person reads in a page, and little enough to highlight at once. */
const MOST_PATCH_CHARS = 1_000_000;

/** Reads from the record and the git store. */
export function createReadQueries({ db, store, urls, workflowUrl }: ReadQueriesOptions): ReadQueries {
  const statusTimes = new StatusTimes();
  return {
    runs: () => listRuns(db),
    run: (id) => readRunView(db, id, urls(id)),
    graph: (id) => readRunGraph(db, id, urls(id), statusTimes),
    timeline: async (id) => ((await findRun(db, id)) === null ? null : { spans: await readTimeline(db, id) }),
    usage: async (id) => {
      const [spending, minutes, { possiblyBilled }] = await Promise.all([
        readSpending(db, id),
        readUsageByMinute(db, id),
        readUsage(db, id),
      ]);
      return spending === null ? null : { ...spending, minutes, possiblyBilledUsd: possiblyBilled.costUsd };
    },
    task: async (key) => {
      const story = await readTaskHistory(db, key, statusTimes);
      if (story === null) return null;
      const { limits } = (await readRun(db, key.runId)).plan;
      const { workflows, turns, ...rest } = story;
      const urlsOf = Array.from({ length: workflows }, (_, index) => workflowUrl(key, index + 1));
      return {
        ...rest,
        turns: describeTurns(turns),
        conversations: describeConversations(turns, rest.attempts, limits),
        workflowUrls: urlsOf.filter((url) => url !== null),
      };
    },
    diff: async (key, of) => {
      const git = await store();
      const range = await rangeOf(db, git, key, of);
      const patch = range === null ? '' : await git.diff(range.from, range.to);
      return cutPatch(redactOwnSecrets(patch), MOST_PATCH_CHARS);
    },
    output: async (key, id) => {
      const output = await readOutput(db, key, id);
      return output === null ? null : { output };
    },
    allBlockers: () => listOpenBlockers(db, null),
    blockers: async (id) => ((await findRun(db, id)) === null ? null : listOpenBlockers(db, id)),
    blocker: async (id) => {
      const found = await readBlockerCase(db, id);
      if (found === null) return null;
      const { key, task, ...rest } = found;
      if (key === null || task === null) return { ...rest, task: null };
      return { ...rest, task: { ...task, hasWork: (await unlandedRange(db, key)) !== null } };
    },
    workers: () => listServingWorkers(db.pool),
  };
}

async function rangeOf(db: Database, git: GitStore, key: TaskKey, of: DiffOf): Promise<Range | null> {
  switch (of.kind) {
    case 'attempt':
      return attemptRange(db, key, of.number, of.from);
    case 'turn':
      return turnRange(db, key, of.number);
    case 'task':
      return taskRange(db, git, key);
  }
}
