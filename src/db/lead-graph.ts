/** The graph of tasks, as the lead reads it. */
import type { GraphPage, RunSettings, RunTotals } from '../contract/payloads.js';
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import { selectGraphTasks, selectRunSettings, selectRunTotals } from './sql/lead-graph.js';
import { onlyRow } from './sql/statement.js';

/** Tasks in one page: some 100 KB of payload, and an activity for each page. */
const PAGE = 1_000;

/** Bytes of a page, before what its tasks have in common is said once: a payload should have less than 512 KB. */
const PAGE_BYTES = 384 * 1024;

/** Characters of a title in a history: enough to tell tasks apart in the Temporal UI. */
const TITLE = 60;

/** What of a plan's figures a lead needs that does not read all of its tasks. */
export async function readRunTotals(db: Database, runId: RunId): Promise<Omit<RunTotals, 'fullHistory'>> {
  return onlyRow(await selectRunTotals(db.pool, runId));
}

/** A page as the record has it: what is true of all tasks together is read apart (readWhole). */
export interface RecordedPage extends Omit<GraphPage, 'settings'> {
  readonly settings: Omit<RunSettings, 'whole'>;
}

/**
 * A page of the graph, from the task after number `after`: of all tasks that are not completed, for nothing comes
 * of those any more, or of those asked for by name, whatever their state.
 */
export async function readGraph(
  db: Database,
  runId: RunId,
  after: number,
  only?: readonly TaskId[],
): Promise<RecordedPage> {
  const [[run], tasks] = await Promise.all([
    selectRunSettings(db.pool, runId),
    selectGraphTasks(db.pool, { run: runId, after, only: only ?? null, page: PAGE, title: TITLE }),
  ]);
  if (run === undefined) throw new Error(`run ${runId} is not in the database`);
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

/** As many rows as fit, and at least one: a task that needs thousands of others is long. */
function firstBytes<Row>(rows: readonly Row[], bytes: number): readonly Row[] {
  let sum = 0;
  const end = rows.findIndex((row) => (sum += Buffer.byteLength(JSON.stringify(row))) > bytes);
  return end < 0 ? rows : rows.slice(0, Math.max(1, end));
}

/** Each test command of a run's tasks once, in the plan's order, with the longest time that any of them gives it. */
export async function listTestCommands(
  db: Database,
  runId: RunId,
): Promise<{ readonly command: string; readonly timeoutMs: number }[]> {
  const groups = await db.prisma.task.groupBy({
    by: ['testCommand'],
    where: { runId },
    _max: { testTimeout: true },
    orderBy: { _min: { number: 'asc' } },
  });
  return groups.map(({ testCommand, _max }) => ({ command: testCommand, timeoutMs: _max.testTimeout ?? 0 }));
}

/** Whether every task of a run is completed. */
export async function areAllTasksCompleted(db: Database, runId: RunId): Promise<boolean> {
  const open = await db.prisma.task.findFirst({
    where: { runId, status: { not: 'completed' } },
    select: { id: true },
  });
  return open === null;
}
