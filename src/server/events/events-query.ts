import { z } from 'zod';
import { ID_PATTERN, runId, taskId, type RunId, type TaskId } from '../../contract/ids.js';
import type { Refusal } from '../refusal.js';
import { queryObject } from '../request-target.js';

export const EVENTS_PATH = '/events';

/** The largest number that the log's `seq` can hold. */
const MAX_SEQ = 2_147_483_647;

const ONCE = 'The query is run=<id>&after=<seq>&deltas=<task>, each once.';
const AFTER = 'after is the seq of the last event that the client has, or 0.';
const DELTAS = 'deltas is the id of a task, or left out.';

const eventsQuery = z.object({
  run: z.string(ONCE).min(1, ONCE),
  after: z
    .string(ONCE)
    .regex(/^\d{1,10}$/, AFTER)
    .transform(Number)
    .refine((seq) => seq <= MAX_SEQ, AFTER)
    .default(0),
  deltas: z
    .string(ONCE)
    .regex(ID_PATTERN, DELTAS)
    .transform((text) => taskId(text))
    .optional(),
});

export interface EventsQuery {
  readonly run: RunId;
  /** The seq of the last event that the client has. */
  readonly after: number;
  /** The task whose live text the client wants too. */
  readonly deltas: TaskId | null;
}

/** Reads the query of an events socket. An id that no run can have is an unknown run. */
export function parseEventsQuery(query: URLSearchParams): Refusal | EventsQuery {
  const parsed = eventsQuery.safeParse(queryObject(query));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ message }) => message);
    return { status: 400, detail: problems.find((problem) => problem === ONCE) ?? problems[0] ?? ONCE };
  }
  const { run, after, deltas = null } = parsed.data;
  if (!ID_PATTERN.test(run)) return { status: 404, detail: 'There is no such run.' };
  return { run: runId(run), after, deltas };
}
