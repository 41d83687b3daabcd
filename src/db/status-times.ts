/** When tasks got their status and when they were started again, which no column of the task's row says. */
import type { RunId } from '../contract/ids.js';
import type { TaskStatus } from '../contract/run-status.js';
import type { Prisma } from './generated/client.js';

export interface Times {
  /** The newest change of status, by the ids of the tasks. */
  readonly changes: ReadonlyMap<string, Date>;
  /** For tasks that were retried: the start since then; null until they are started. */
  readonly restarts: ReadonlyMap<string, Date | null>;
}

/** What is known of a run from its events up to a seq. */
interface Known extends Times {
  /** Tells a run from an earlier one with the same id, which was deleted. */
  readonly createdAt: Date;
  readonly seq: number;
}

/** Runs that are looked at at once, by more people than one server has. */
const MAX_RUNS = 50;

/**
 * Reads the times from the events of a run. There may be hundreds of thousands, and a page reads them every few seconds.
 * Events are only added, so each is read once, as long as this object is kept.
 */
export class StatusTimes {
  readonly #known = new Map<RunId, Known>();

  async read(tx: Prisma.TransactionClient, runId: RunId): Promise<Times> {
    const { lastSeq: seq, createdAt } = await tx.run.findUniqueOrThrow({
      where: { id: runId },
      select: { lastSeq: true, createdAt: true },
    });
    const found = this.#known.get(runId);
    const isSameRun = found?.createdAt.getTime() === createdAt.getTime();
    // A record that was restored from a backup has other events.
    const known: Known =
      found !== undefined && isSameRun && found.seq <= seq
        ? found
        : { createdAt, seq: 0, changes: new Map(), restarts: new Map() };
    if (known.seq === seq) return known;
    const news: Prisma.EventWhereInput = { runId, type: 'task.status', seq: { gt: known.seq } };
    const next = {
      createdAt,
      seq,
      changes: await readChanges(tx, news, known.changes),
      restarts: await readRestarts(tx, news, known.restarts),
    };
    this.#keep(runId, next);
    return next;
  }

  #keep(runId: RunId, known: Known): void {
    this.#known.delete(runId);
    this.#known.set(runId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_RUNS && oldest !== undefined) this.#known.delete(oldest);
  }
}

async function readChanges(
  tx: Prisma.TransactionClient,
  news: Prisma.EventWhereInput,
  known: Times['changes'],
): Promise<Times['changes']> {
  const rows = await tx.event.groupBy({ by: ['taskId'], where: news, _max: { at: true } });
  const changes = new Map(known);
  for (const { taskId, _max } of rows) if (taskId !== null && _max.at !== null) changes.set(taskId, _max.at);
  return changes;
}

/** A task gets pending only by a retry. Few tasks do, so only their starts are read. */
async function readRestarts(
  tx: Prisma.TransactionClient,
  news: Prisma.EventWhereInput,
  known: Times['restarts'],
): Promise<Times['restarts']> {
  const select = { seq: true, taskId: true, at: true } as const;
  const withStatus = (status: TaskStatus) => ({ ...news, data: { path: ['status'], equals: status } });
  const retries = await tx.event.findMany({ where: withStatus('pending'), select });
  const waiting = [...known].flatMap(([id, start]) => (start === null ? [id] : []));
  const retried = [...waiting, ...retries.flatMap(({ taskId }) => taskId ?? [])];
  if (retried.length === 0) return known;
  const starts = await tx.event.findMany({
    where: { ...withStatus('in_progress'), taskId: { in: retried } },
    select,
  });
  const restarts = new Map(known);
  const steps = [
    ...retries.map((event) => ({ ...event, start: null })),
    ...starts.map((event) => ({ ...event, start: event.at })),
  ];
  for (const { taskId, start } of steps.sort((a, b) => a.seq - b.seq))
    // A task that waited for a person is in progress again, and not started again.
    if (taskId !== null && (start === null || restarts.get(taskId) === null)) restarts.set(taskId, start);
  return restarts;
}
