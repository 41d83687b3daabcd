import { Client } from '@temporalio/client';
import { Runtime, type NativeConnection } from '@temporalio/worker';
import { messageOf, NotFoundError } from '../contract/errors.js';
import type { RunId } from '../contract/ids.js';
import type { Database } from '../db/database.js';
import { LEADS_CHANNEL, listRequestedLeads } from '../db/lead-requests.js';
import { listen, type Wakeable } from '../db/listen-notify.js';
import { startAwaitedLead, type RunControlContext } from '../runs/control/lead.js';
import { clientOptions } from '../runs/control/temporal-connection.js';
import { backOffMs } from '../shared/async/back-off.js';
import { retryWhile } from '../shared/async/retry-while.js';
import type { Environment } from '../shared/config.js';
import type { Tracing } from '../tracing/temporal-tracing.js';

/** What a worker process has for it. */
export interface LeadStarterParts {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly tracing: Tracing | null;
  readonly db: Database;
  readonly databaseUrl: string;
}

/**
 * Starts the leads that commands have requested, from now on until `close`.
 * @param env names the keys for payloads, if any
 */
export async function openLeadStarter(
  env: Environment,
  { connection, namespace, tracing, db, databaseUrl }: LeadStarterParts,
): Promise<{ close(): Promise<void> }> {
  const client = new Client({ connection, namespace, ...(await clientOptions(env, tracing)) });
  const { logger } = Runtime.instance();
  const starter = new LeadStarter({ db, temporal: () => Promise.resolve(client) }, (message) => {
    logger.warn(message);
  });
  return starter.open(databaseUrl);
}

/**
 * Starts the leads that commands have requested, also those that were requested while no worker ran. Every worker tries:
 * a run has one lead.
 */
export class LeadStarter implements Wakeable {
  /** The runs whose leads are being started. */
  private readonly starting = new Set<RunId>();
  private readonly closing = new AbortController();

  constructor(
    private readonly context: RunControlContext,
    private readonly warn: (message: string) => void,
  ) {}

  /** @returns `close`, which does not wait for a start under way: the next worker repeats it */
  open(databaseUrl: string): { close(): Promise<void> } {
    const listener = listen(databaseUrl, LEADS_CHANNEL, this, this.warn);
    return {
      close: () => {
        this.closing.abort();
        return listener.close();
      },
    };
  }

  /** Starts what is requested; not only this run, because a notification may have been missed. */
  wake(): void {
    void this.startRequested();
  }

  wakeAll(): void {
    this.wake();
  }

  private async startRequested(): Promise<void> {
    const runs = await this.untilDone('Cannot read which new runs are to be started', () =>
      listRequestedLeads(this.context.db),
    );
    for (const run of runs ?? []) void this.start(run);
  }

  private async start(run: RunId): Promise<void> {
    if (this.starting.has(run)) return;
    this.starting.add(run);
    await this.untilDone(`Cannot start the lead of the run ${run}`, () => this.startOnce(run));
    this.starting.delete(run);
  }

  private async startOnce(run: RunId): Promise<void> {
    try {
      await startAwaitedLead(this.context, run);
    } catch (error) {
      // It was deleted meanwhile, and its request with it.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  /**
   * Repeats `work` until it succeeds; undefined when this is closed before. Temporal or the database may be away for long, so
   * each reason is logged once.
   */
  private async untilDone<T>(failure: string, work: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.closing;
    let last = '';
    const mayPass = (error: unknown): boolean => {
      if (signal.aborted) return false;
      const reason = reasonOf(error);
      if (reason !== last) this.warn(`${failure}, trying again: ${reason}`);
      last = reason;
      return true;
    };
    try {
      return await retryWhile(mayPass, work, { signal, pauseMs: backOffMs });
    } catch (error) {
      if (!signal.aborted) throw error;
      return undefined;
    }
  }
}

/** Temporal's client says only that a request failed, and has the server's reason as the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
