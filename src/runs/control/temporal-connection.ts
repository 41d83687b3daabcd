import type { Client, ConnectionOptions } from '@temporalio/client';
import type { Environment } from '../../shared/config.js';
import { stampRequests } from './stamp-requests.js';
import { startTracing } from '../../tracing/tracing.js';

/** The address of Temporal, and how to connect to it. */
export interface TemporalTarget {
  readonly connectionOptions: ConnectionOptions;
  readonly namespace: string;
}

/** The Temporal client of a process. It is loaded on first use, which takes longer than most commands. */
export class TemporalConnection {
  private opened: Promise<Client> | undefined;

  /** @param env names the keys for payloads, if any, and holds the settings for tracing */
  constructor(
    private readonly env: Environment,
    private readonly findTarget: () => Promise<TemporalTarget>,
  ) {}

  client(): Promise<Client> {
    this.opened ??= this.open().catch((error: unknown) => {
      // The next call tries again.
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  async close(): Promise<void> {
    // A failed connection was reported where the client was requested. There is nothing to close.
    const client = await this.opened?.catch(() => undefined);
    await client?.connection.close();
    if (client !== undefined) await (await this.tracing())?.close();
  }

  private async open(): Promise<Client> {
    const [{ Client, Connection }, { createDataConverter }, { connectionOptions, namespace }, tracing] =
      await Promise.all([
        import('@temporalio/client'),
        import('../../encryption/data-converter.js'),
        this.findTarget(),
        this.tracing(),
      ]);
    return new Client({
      connection: await Connection.connect(connectionOptions),
      namespace,
      dataConverter: await createDataConverter(this.env),
      interceptors: { workflow: [...(tracing === null ? [] : [tracing.client]), stampRequests] },
    });
  }

  private tracing() {
    return startTracing(this.env, 'leadwright');
  }
}
