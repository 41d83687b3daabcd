import { z } from 'zod';
import type { RunId, TaskId } from '../../contract/ids.js';
import type { ServerTools } from '../../mcp/list-server-tools.js';
import { sanitizeText } from '../database.js';
import { jsonColumn } from './columns.js';
import { CHECK_FENCE, fenceValues, type Fence } from './fencing.js';
import { defineStatement } from './statement.js';

export const selectServerTools = defineStatement({
  name: 'select-server-tools',
  reason: 'hot',
  why: 'Read at the start of each conversation of a task with MCP servers, and before its calls.',
  text: 'SELECT mcp_tools AS tools FROM runs WHERE id = $1',
  values: (run: RunId) => [run],
  row: {
    tools: jsonColumn<ServerTools>((tools) => typeof tools === 'object' && tools !== null).nullable(),
  },
});

export const updateServerTools = defineStatement({
  name: 'update-server-tools',
  reason: 'atomic',
  why: 'Stores the tools unless there are some: a late attempt must not change what conversations began with.',
  text: 'UPDATE runs SET mcp_tools = $2 WHERE id = $1 AND mcp_tools IS NULL',
  values: (run: RunId, tools: string) => [run, tools],
});

/** A call that is about to be sent. */
export interface SentCall {
  readonly turn: number;
  readonly position: number;
  readonly server: string;
  readonly tool: string;
}

export const insertMcpCall = defineStatement({
  name: 'insert-mcp-call',
  reason: 'atomic',
  why: 'Claims the call: of two attempts, one inserts it and may send it, the other gets no row.',
  text: `WITH fence AS MATERIALIZED (SELECT ${CHECK_FENCE})
    INSERT INTO mcp_calls (run_id, task_id, turn, position, server, tool)
    SELECT $1, $2, $6, $7, $8, $9 FROM fence
    ON CONFLICT DO NOTHING RETURNING position`,
  values: (fence: Fence, { turn, position, server, tool }: SentCall) => [
    ...fenceValues(fence),
    turn,
    position,
    sanitizeText(server),
    sanitizeText(tool),
  ],
  row: { position: z.int() },
});

export const selectMcpCalls = defineStatement({
  name: 'select-mcp-calls',
  reason: 'hot',
  why: 'Read before the calls of an answer, so that none is sent a second time.',
  text: 'SELECT position FROM mcp_calls WHERE run_id = $1 AND task_id = $2 AND turn = $3',
  values: (run: RunId, task: TaskId, turn: number) => [run, task, turn],
  row: { position: z.int() },
});
