import { z } from 'zod';
import type { RunId } from '../../contract/ids.js';
import { runIdColumn, taskIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

export const selectEvents = defineStatement({
  name: 'select-events',
  reason: 'hot',
  why: 'Read for every event, by each process that forwards events.',
  text: 'SELECT seq, run_id, task_id, type, at, data FROM events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3',
  values: (run: RunId, after: number, limit: number) => [run, after, limit],
  row: {
    seq: z.int(),
    run_id: runIdColumn,
    task_id: taskIdColumn.nullable(),
    type: z.string(),
    at: z.date(),
    data: z.unknown(),
  },
});

export const selectLastSeq = defineStatement({
  name: 'select-last-seq',
  reason: 'hot',
  why: 'Read for every client that follows a run, of which a server may have a thousand.',
  text: 'SELECT last_seq FROM runs WHERE id = $1',
  values: (run: RunId) => [run],
  row: { last_seq: z.int() },
});

export const selectSettledSeq = defineStatement({
  name: 'select-settled-seq',
  reason: 'atomic',
  why: 'Waits for the transaction that appends an event to the run, if one does, by a lock that conflicts with its own.',
  text: 'SELECT last_seq FROM runs WHERE id = $1 FOR SHARE',
  values: (run: RunId) => [run],
  row: { last_seq: z.int() },
});
