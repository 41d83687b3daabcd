/** Results of calls that change the draft or run a command. Each is recorded once, and a repeated turn reuses it. */
import type { Database } from './database.js';
import type { Fence, TaskKey } from './fencing.js';
import * as sql from './sql/call-results.js';
import { onlyRow } from './sql/statement.js';

export type CallResult = Readonly<sql.CallResultRow>;
export type { CommandValues, McpValues } from './sql/call-results.js';

/** The recorded results of one answer's calls, in their order. */
export async function readCallResults(
  db: Database,
  { runId, taskId, turn }: TaskKey & { readonly turn: number },
): Promise<CallResult[]> {
  return sql.selectCallResults(db.pool, runId, taskId, turn);
}

/** The number of commands that a task has run, and the files that its calls wrote. */
export async function readCallTotals(
  db: Database,
  { runId, taskId }: TaskKey,
): Promise<{ readonly commands: number; readonly known: readonly string[] }> {
  return onlyRow(await sql.selectCallTotals(db.pool, runId, taskId));
}

export type NewCallResult = sql.CallResultValues;

/**
 * Stores the result of a call, with its events. When the call has a result already, that one stays.
 * @returns the draft after the call, and whether it is an error, as they are recorded
 * @throws StaleFence
 */
export async function storeCallResult(
  db: Database,
  fence: Fence,
  result: NewCallResult,
): Promise<Pick<CallResult, 'draft' | 'isError'>> {
  await sql.insertCallResult(db.pool, fence, result);
  const stored = await readCallResults(db, { ...fence, turn: result.turn });
  return stored.find(({ position }) => position === result.position) ?? result;
}

/** The output of a command, or of a server's tool, of the task; null when it has none there. */
export async function readCallOutput(
  db: Database,
  { runId, taskId }: TaskKey,
  { turn, position }: { readonly turn: number; readonly position: number },
): Promise<string | null> {
  const [row] = await sql.selectOutputOfCall(db.pool, runId, taskId, turn, position);
  return row?.output ?? null;
}
