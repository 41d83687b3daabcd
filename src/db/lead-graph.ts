/** The task graph, as the lead agent's workflow reads it. */
import type { GraphPage, RunSettings, RunTotals } from '../contract/payloads.js';
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database, SqlDatabase } from './database.js';
import { selectTestCommands } from './sql/base-check.js';
import { selectGraphTasks, selectRunSettings, selectRunTotals } from './sql/lead-graph.js';
import { onlyRow } from './sql/statement.js';

/** Tasks in one page: about 100 KB of payload. Each page costs one activity. */
const PAGE = 1_000;

/** Bytes of a page before its common fields are factored out: a payload should have less than 512 KB. */
const PAGE_BYTES = 384 * 1024;

/** Characters of a title in a workflow history: enough to tell tasks apart in the Temporal UI. */
const TITLE = 60;

/** Reads totals over all tasks of a run, for a lead that loads only some of them. */
export async function readRunTotals(db: Database, runId: RunId): Promise<Omit<RunTotals, 'fullHistory'>> {
  return onlyRow(await selectRunTotals(db.pool, runId));
}

/** A page without the totals over all tasks, which readRunTotals reads. */
export interface RecordedPage extends Omit<GraphPage, 'settings'> {
  readonly settings: Omit<RunSettings, 'totals' | 'inFleet'>;
}

/**
 * Reads a page of the graph, starting with the task after number `after`. It holds the tasks that are not completed, or
 * the tasks `only`, whatever their status.
 */
export async function readGraph(
  db: Database,
  runId: RunId,
  after: number,
  only?: readonly TaskId[],
): Promise<RecordedPage> {
  // The run last: a late landing may come in between, and the tip must not be older than the tasks.
  const wanted = { run: runId, after, only: only ?? null, page: PAGE, title: TITLE };
  const tasks = await selectGraphTasks(db.pool, wanted);
  const [run] = await selectRunSettings(db.pool, runId);
  if (run === undefined) throw new Error(`The run ${runId} is not in the database.`);
  const shown = firstBytes(tasks, PAGE_BYTES);
  const whole = tasks.length < PAGE && shown.length === tasks.length;
  return {
    ...run,
    tasks: shown.map(({ number, progress, correctionsAllowed, ...node }) => {
      after = number;
      return {
        ...node,
        ...(progress === null ? {} : { progress }),
        ...(correctionsAllowed === null ? {} : { correctionsAllowed }),
      };
    }),
    next: whole ? null : after,
  };
}

/** The leading rows that fit into so many bytes, but at least one: a task with thousands of dependencies is large. */
function firstBytes<Row>(rows: readonly Row[], bytes: number): readonly Row[] {
  let sum = 0;
  const end = rows.findIndex((row) => (sum += Buffer.byteLength(JSON.stringify(row))) > bytes);
  return end < 0 ? rows : rows.slice(0, Math.max(1, end));
}

/** The distinct test commands of a run's tasks, in the plan's order, each with its longest timeout. */
export async function listTestCommands(
  db: SqlDatabase,
  runId: RunId,
): Promise<{ readonly command: string; readonly timeoutMs: number }[]> {
  return selectTestCommands(db.pool, runId);
}

/** Whether every task of a run is completed. */
export async function areAllTasksCompleted(db: Database, runId: RunId): Promise<boolean> {
  const open = await db.prisma.task.findFirst({
    where: { runId, status: { not: 'completed' } },
    select: { id: true },
  });
  return open === null;
}
