/** MCP servers in the record: the tools that they listed at the run's start, and the calls that were sent to them. */
import type { RunId } from '../contract/ids.js';
import type { ServerTools } from '../mcp/list-server-tools.js';
import { verbatimJson, type Database } from './database.js';
import type { Fence, TaskKey } from './fencing.js';
import * as sql from './sql/mcp-calls.js';

export type { SentCall } from './sql/mcp-calls.js';

/** The lists of servers that the run's tasks use, each with one of its tasks. */
export async function listServerUsers(
  db: Database,
  runId: RunId,
): Promise<{ readonly id: string; readonly mcp: readonly string[] }[]> {
  return db.prisma.task.findMany({
    where: { runId, requiresMcp: true },
    select: { id: true, mcp: true },
    distinct: ['mcp'],
    orderBy: { number: 'asc' },
  });
}

/** The tools of the run's servers; null when they were not listed. */
export async function readServerTools(db: Database, runId: RunId): Promise<ServerTools | null> {
  const [row] = await sql.selectServerTools(db.pool, runId);
  return row?.tools ?? null;
}

/** Stores the tools of the run's servers, once: conversations that began with them go on with them. */
export async function storeServerTools(db: Database, runId: RunId, tools: ServerTools): Promise<void> {
  await sql.updateServerTools(db.pool, runId, verbatimJson(tools));
}

/**
 * Records that a call is about to be sent.
 * @returns false when it is in the record already: an earlier attempt may have sent it
 * @throws StaleFence
 */
export async function recordMcpCall(db: Database, fence: Fence, call: sql.SentCall): Promise<boolean> {
  return (await sql.insertMcpCall(db.pool, fence, call)).length > 0;
}

/** The positions of the calls of an answer that were sent, or were about to be. */
export async function readSentCalls(
  db: Database,
  { runId, taskId, turn }: TaskKey & { readonly turn: number },
): Promise<ReadonlySet<number>> {
  const rows = await sql.selectMcpCalls(db.pool, runId, taskId, turn);
  return new Set(rows.map(({ position }) => position));
}
