import { z } from 'zod';
import type { EventData, EventOf } from '../../contract/events.js';
import type { RunId, TaskId, TreeSha } from '../../contract/ids.js';
import type { Work } from '../../contract/payloads.js';
import { sanitizeJson, sanitizeText } from '../database.js';
import { commitColumn, texts } from './columns.js';
import { CHECK_FENCE, fenceValues, type Fence } from './fencing.js';
import { defineStatement, type RowOf } from './statement.js';

export const selectCallResults = defineStatement({
  name: 'select-call-results',
  reason: 'hot',
  why: 'Read by every turn, for the calls of the answer before it.',
  text: `SELECT position, before, draft, known, text, is_error AS "isError", exit_code AS "exitCode"
    FROM call_results WHERE run_id = $1 AND task_id = $2 AND turn = $3 ORDER BY position`,
  values: (run: RunId, task: TaskId, turn: number) => [run, task, turn],
  row: {
    position: z.int(),
    /** The draft before and after the call. */
    before: commitColumn,
    draft: commitColumn,
    known: texts,
    text: z.string(),
    isError: z.boolean(),
    exitCode: z.int().nullable(),
  },
});

export type CallResultRow = RowOf<typeof selectCallResults>;

export const selectCallTotals = defineStatement({
  name: 'select-call-totals',
  reason: 'hot',
  why: 'Read before every change of a draft: what the task knows of all its earlier calls.',
  text: `SELECT count(command)::int AS commands,
      COALESCE((SELECT array_agg(DISTINCT path) FROM call_results AS c, unnest(c.known) AS path
        WHERE c.run_id = $1 AND c.task_id = $2), '{}') AS known
    FROM call_results WHERE run_id = $1 AND task_id = $2`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: { commands: z.int(), known: texts },
});

/** What the tool of an MCP server gave. */
export interface McpValues {
  readonly server: string;
  /** Its name at the server. */
  readonly tool: string;
  readonly outcome: EventData<'mcp.call'>['outcome'];
  readonly ms: number;
  readonly output: string;
}

/** What a command did. */
export interface CommandValues {
  readonly command: string;
  readonly exitCode: number | null;
  readonly ms: number;
  readonly kept: readonly string[];
  readonly output: string;
}

export interface CallResultValues extends Omit<CallResultRow, 'exitCode' | 'known'> {
  readonly known: readonly string[];
  readonly knownBlobs: readonly string[];
  readonly turn: number;
  readonly attempt: number;
  readonly work: Pick<Work, 'start' | 'commit'>;
  /** The tree of the draft after the call. */
  readonly tree: TreeSha;
  /** The first change that was refused; null when there is none. */
  readonly refused: { readonly path: string; readonly reason: string } | null;
  /** Null for other calls. */
  readonly command: CommandValues | null;
  readonly mcp: McpValues | null;
}

export const insertCallResult = defineStatement({
  name: 'insert-call-result',
  reason: 'atomic',
  why: 'Stores the result of a call and its events, or does nothing when the call has a result.',
  text: `WITH fence AS MATERIALIZED (SELECT ${CHECK_FENCE}), stored AS (
      INSERT INTO call_results (run_id, task_id, turn, position, start, base, before, draft, tree, known, known_blobs, text,
        is_error, command, exit_code, ms, kept, output, server, tool)
      SELECT $1, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23 FROM fence
      ON CONFLICT DO NOTHING RETURNING run_id, task_id
    )
    SELECT append_event(run_id, task_id, event ->> 'type', event -> 'data')
    FROM stored, jsonb_array_elements($24::jsonb) AS event`,
  values: (fence: Fence, { turn, position, work, command, mcp, ...given }: CallResultValues) => {
    const output = command?.output ?? mcp?.output;
    const kept = command?.kept.map(sanitizeText) ?? [];
    return [
      ...fenceValues(fence),
      turn,
      position,
      work.start,
      work.commit,
      given.before,
      given.draft,
      given.tree,
      given.known.map(sanitizeText),
      given.knownBlobs,
      sanitizeText(given.text),
      given.isError,
      command === null ? null : sanitizeText(command.command),
      command?.exitCode ?? null,
      command?.ms ?? mcp?.ms ?? null,
      kept,
      output === undefined ? null : sanitizeText(output),
      mcp === null ? null : sanitizeText(mcp.server),
      mcp === null ? null : sanitizeText(mcp.tool),
      sanitizeJson(eventsOf({ turn, command, mcp, ...given })),
    ];
  },
});

type CallEvent = EventOf<'command.finished'> | EventOf<'mcp.call'> | EventOf<'changes.refused'>;

/** The events of a command, of an MCP call, and of changes that were refused. */
function eventsOf({
  attempt,
  turn,
  command,
  mcp,
  refused,
}: Pick<CallResultValues, 'attempt' | 'turn' | 'command' | 'mcp' | 'refused'>) {
  const events: Pick<CallEvent, 'type' | 'data'>[] = [];
  if (command !== null) {
    const { command: text, exitCode, ms, kept } = command;
    const data = { attempt, turn, command: text, exitCode, ms, kept: [...kept] };
    events.push({ type: 'command.finished', data });
  }
  if (mcp !== null) {
    const { server, tool, outcome, ms } = mcp;
    events.push({ type: 'mcp.call', data: { attempt, turn, server, tool, outcome, ms } });
  }
  if (refused !== null) events.push({ type: 'changes.refused', data: { attempt, ...refused } });
  return events;
}

export const selectOutputOfCall = defineStatement({
  name: 'select-output-of-call',
  reason: 'hot',
  why: 'Read by each call of read_output about a command or a tool of a server.',
  text: `SELECT output FROM call_results
    WHERE run_id = $1 AND task_id = $2 AND turn = $3 AND position = $4 AND output IS NOT NULL`,
  values: (run: RunId, task: TaskId, turn: number, position: number) => [run, task, turn, position],
  row: { output: z.string() },
});
