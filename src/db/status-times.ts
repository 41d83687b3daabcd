/** When tasks got their status, for the statuses that have no time in the task's row. */
import type { RunId } from '../contract/ids.js';
import type { Prisma } from './generated/client.js';

type Times = ReadonlyMap<string, Date>;

/** What is known of a run from its events up to a seq. */
interface Known {
  /** Tells a run from an earlier one with the same id, which was deleted. */
  readonly createdAt: Date;
  readonly seq: number;
  readonly times: Times;
}

/** Runs that are looked at at once, by more people than one server has. */
const MAX_RUNS = 50;

/**
 * Reads the times from the events of a run. There may be hundreds of thousands, and a page reads them every few seconds.
 * Events are only added, so each is read once, as long as this object is kept.
 */
export class StatusTimes {
  readonly #known = new Map<RunId, Known>();

  /** By the ids of the tasks. */
  async read(tx: Prisma.TransactionClient, runId: RunId): Promise<Times> {
    const { lastSeq: seq, createdAt } = await tx.run.findUniqueOrThrow({
      where: { id: runId },
      select: { lastSeq: true, createdAt: true },
    });
    const found = this.#known.get(runId);
    const isSameRun = found?.createdAt.getTime() === createdAt.getTime();
    // A record that was restored from a backup has other events.
    const known =
      found !== undefined && isSameRun && found.seq <= seq
        ? found
        : { seq: 0, times: new Map<string, Date>() };
    if (known.seq === seq) return known.times;
    const news = await tx.event.groupBy({
      by: ['taskId'],
      where: { runId, type: 'task.status', seq: { gt: known.seq } },
      _max: { at: true },
    });
    const times = new Map(known.times);
    for (const { taskId, _max } of news) if (taskId !== null && _max.at !== null) times.set(taskId, _max.at);
    this.#keep(runId, { createdAt, seq, times });
    return times;
  }

  #keep(runId: RunId, known: Known): void {
    this.#known.delete(runId);
    this.#known.set(runId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_RUNS && oldest !== undefined) this.#known.delete(oldest);
  }
}
