import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** One attempt at an activity. */
export interface Attempt {
  /** The run id of the workflow's execution: later ones of the same workflow use the same ids for their activities. */
  readonly executionId: string;
  readonly activityId: string;
  readonly attempt: number;
}

/**
 * How long the server may believe that this process runs an attempt before it counts as lost: several times the time from the
 * server to a function in a busy process, and less than the time between two passes (dead-worker-watch.ts).
 */
const LOST_MS = 3_000;

/**
 * The attempts that this process runs. The server may have handed it others that never arrived: in the answers to requests of
 * a process that was suspended, or while a connection broke.
 */
export class OwnActivities {
  readonly #running = new Set<string>();
  /** Since when attempts were seen that this process does not run, by the steady clock. */
  readonly #missed = new Map<string, number>();
  /** Those of them that were seen in this pass. */
  readonly #seen = new Set<string>();

  constructor(private readonly lostMs = LOST_MS) {}

  /** Notes the attempts. The first of the interceptors, so that no attempt is missed while others work. */
  readonly interceptor: ActivityInterceptorsFactory = ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const name = nameOf({
          executionId: info.workflowExecution?.runId ?? '',
          activityId: info.activityId,
          attempt: info.attempt,
        });
        this.#running.add(name);
        this.#missed.delete(name);
        try {
          return await next(input);
        } finally {
          this.#running.delete(name);
        }
      },
    },
  });

  /** Whether an attempt that the server has handed to this process is lost: it did not run earlier either. */
  isLost(attempt: Attempt): boolean {
    const name = nameOf(attempt);
    if (this.#running.has(name)) return false;
    const since = this.#missed.get(name);
    this.#seen.add(name);
    if (since === undefined) this.#missed.set(name, performance.now());
    return since !== undefined && performance.now() - since >= this.lostMs;
  }

  /** Ends a pass over all open workflows: what it did not see has ended. */
  endPass(): void {
    for (const name of this.#missed.keys()) if (!this.#seen.has(name)) this.#missed.delete(name);
    this.#seen.clear();
  }
}

function nameOf({ executionId, activityId, attempt }: Attempt): string {
  return `${executionId} ${activityId} ${attempt}`;
}
