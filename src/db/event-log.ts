import { isEventType, type EventType } from '../contract/events.js';
import type { RunId, TaskId } from '../contract/ids.js';
import { selectEvents, selectLastSeq, selectSettledSeq } from './sql/events.js';
import type { Queryable, RowOf } from './sql/statement.js';

export type { Queryable } from './sql/statement.js';

/** The channel that append_event() notifies, with the run's id as payload. */
export const EVENTS_CHANNEL = 'leadwright_events';

/**
 * Milliseconds after a notification in which append_event() sends no other one for the run. Ten more than there: this
 * process's timer may be early.
 */
export const UNNOTIFIED_MS = 60;

/** One row of the log. `data` is not validated here; clients check it against the event's type. */
export interface StoredEvent {
  readonly seq: number;
  readonly runId: RunId;
  readonly taskId: TaskId | null;
  readonly type: EventType;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly data: unknown;
}

/**
 * Reads at most `limit` events of a run, in order, starting after the seq `after` (0 for the beginning).
 * @throws Error for a type that only a newer build knows: skipping the event would leave a gap
 */
export async function readEvents(
  database: Queryable,
  run: RunId,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const rows = await selectEvents(database, run, after, limit);
  return rows.map(toStoredEvent);
}

/** Reads the seq of a run's newest event: 0 before the first one, null when there is no such run. */
export async function readLastSeq(database: Queryable, run: RunId): Promise<number | null> {
  const [row] = await selectLastSeq(database, run);
  return row?.last_seq ?? null;
}

/** Like `readLastSeq`, once no transaction that appends to the run is under way. */
export async function readSettledSeq(database: Queryable, run: RunId): Promise<number | null> {
  const [row] = await selectSettledSeq(database, run);
  return row?.last_seq ?? null;
}

function toStoredEvent(row: RowOf<typeof selectEvents>): StoredEvent {
  if (!isEventType(row.type)) {
    throw new Error(
      `Event ${row.seq} of run ${row.run_id} has the type ${row.type}, which this version does not know`,
    );
  }
  return {
    seq: row.seq,
    runId: row.run_id,
    taskId: row.task_id,
    type: row.type,
    at: row.at.toISOString(),
    data: row.data,
  };
}
