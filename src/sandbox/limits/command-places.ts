import type { RunId } from '../../contract/ids.js';
import { deferred } from '../../shared/async/deferred.js';

/** Those of one run that wait, each in the order in which they came. */
interface Line {
  /** Activities of the queue for commands, where they have waited before. */
  readonly queued: (() => void)[];
  /** Turns whose submissions are to be tested. */
  readonly turns: (() => void)[];
}

/**
 * The places for commands on commits in one worker: so many run at once. Runs take turns, as on Temporal's queues. Within a run,
 * what came from the queue goes first.
 */
export class CommandPlaces {
  /** In each somebody waits. The run whose turn it is comes first. */
  readonly #lines = new Map<RunId, Line>();
  #free: number;

  /**
   * @param places how many commands may run at once
   * @param waitMs how long a turn waits for a place, in ms
   */
  constructor(
    places: number,
    private readonly waitMs: number,
  ) {
    this.#free = places;
  }

  /**
   * Runs the command of an activity of the queue in a place, once one is free.
   * @throws the signal's reason when it is aborted before; the work's own errors
   */
  async use<T>(run: RunId, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (!(await this.#take(run, 'queued', signal))) signal.throwIfAborted();
    return this.#run(work);
  }

  /** Runs the test of a turn's submission in a place; null when none gets free in time, or the signal is aborted before. */
  async useInTime<T>(run: RunId, signal: AbortSignal, work: () => Promise<T>): Promise<T | null> {
    return (await this.#take(run, 'turns', signal, this.waitMs)) ? this.#run(work) : null;
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  /** @returns false when the time was over, or the signal was aborted, before a place was free */
  async #take(run: RunId, kind: keyof Line, signal: AbortSignal, waitMs?: number): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    if (waitMs === 0) return false;
    const { promise, resolve } = deferred<boolean>();
    const take = () => resolve(true);
    const leave = () => {
      this.#leave(run, kind, take);
      resolve(false);
    };
    this.#join(run, kind, take);
    const timer = waitMs === undefined ? undefined : setTimeout(leave, waitMs);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    }
  }

  #join(run: RunId, kind: keyof Line, take: () => void): void {
    const line = this.#lines.get(run) ?? { queued: [], turns: [] };
    line[kind].push(take);
    this.#lines.set(run, line);
  }

  #leave(run: RunId, kind: keyof Line, take: () => void): void {
    const line = this.#lines.get(run);
    const at = line?.[kind].indexOf(take) ?? -1;
    // Its place was passed on to it just now.
    if (line === undefined || at === -1) return;
    line[kind].splice(at, 1);
    if (isEmpty(line)) this.#lines.delete(run);
  }

  /** Gives a place to the next in turn, or keeps it free. */
  #passOn(): void {
    const [first] = this.#lines;
    if (first === undefined) {
      this.#free += 1;
      return;
    }
    const [run, line] = first;
    const take = line.queued.shift() ?? line.turns.shift();
    // The run's next one waits until every other run has had its turn.
    this.#lines.delete(run);
    if (!isEmpty(line)) this.#lines.set(run, line);
    take?.();
  }
}

function isEmpty({ queued, turns }: Line): boolean {
  return queued.length === 0 && turns.length === 0;
}
