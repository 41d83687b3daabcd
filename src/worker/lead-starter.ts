import { Client } from '@temporalio/client';
import { Runtime, type NativeConnection } from '@temporalio/worker';
import { NotFoundError, messageOf } from '../contract/errors.js';
import type { RunId } from '../contract/ids.js';
import type { Database } from '../db/database.js';
import { endLeadRequest, LEADS_CHANNEL, listLeadRequests } from '../db/lead-requests.js';
import { listen, type Wakeable } from '../db/listen-notify.js';
import { createDataConverter } from '../encryption/data-converter.js';
import { startLead, type RunControlContext } from '../runs/control/lead.js';
import { clientInterceptors } from '../runs/control/temporal-connection.js';
import { sleepUntilAborted } from '../shared/async/sleep.js';
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
export async function startRequestedLeads(
  env: Environment,
  { connection, namespace, tracing, db, databaseUrl }: LeadStarterParts,
): Promise<{ close(): Promise<void> }> {
  const client = new Client({
    connection,
    namespace,
    dataConverter: await createDataConverter(env),
    interceptors: { workflow: clientInterceptors(tracing) },
  });
  const { logger } = Runtime.instance();
  const starter = new LeadStarter({ db, temporal: () => Promise.resolve(client) }, (message) => {
    logger.warn(message);
  });
  return starter.open(databaseUrl);
}

/** Temporal or the database is unavailable, and mostly back within seconds. */
const RETRY_MS = 1_000;

/**
 * Starts the leads that commands have requested, also those that were requested while no worker ran. Every worker tries:
 * a run has one lead.
 */
export class LeadStarter implements Wakeable {
  private working = false;
  /** Whether there may be a request since the last look began. */
  private woken = false;
  private readonly closing = new AbortController();

  constructor(
    private readonly context: RunControlContext,
    private readonly warn: (message: string) => void,
  ) {}

  /** @returns a function that ends it, and does not wait for a start under way, which the next worker repeats */
  open(databaseUrl: string): { close(): Promise<void> } {
    const listener = listen(databaseUrl, LEADS_CHANNEL, this, this.warn);
    return {
      close: () => {
        this.closing.abort();
        return listener.close();
      },
    };
  }

  wake(): void {
    this.woken = true;
    if (this.working) return;
    this.working = true;
    void this.work().finally(() => (this.working = false));
  }

  wakeAll(): void {
    this.wake();
  }

  private async work(): Promise<void> {
    while (this.woken && !this.isClosing()) {
      this.woken = false;
      try {
        await this.startRequested();
      } catch (error) {
        if (this.isClosing()) return;
        this.warn(`Cannot start the lead of a new run, trying again: ${messageOf(error)}`);
        this.woken = true;
        await sleepUntilAborted(RETRY_MS, this.closing.signal);
      }
    }
  }

  private isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  /** @throws what one of the starts has thrown, once all have been tried */
  private async startRequested(): Promise<void> {
    const runs = await listLeadRequests(this.context.db);
    const started = await Promise.allSettled(runs.map((run) => this.start(run)));
    for (const outcome of started) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async start(run: RunId): Promise<void> {
    try {
      await startLead(this.context, run, false);
    } catch (error) {
      // It was deleted meanwhile, and its request with it.
      if (error instanceof NotFoundError) return;
      throw error;
    }
    await endLeadRequest(this.context.db, run);
  }
}
