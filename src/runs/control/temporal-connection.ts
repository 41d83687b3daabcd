import type { Client, ConnectionOptions } from '@temporalio/client';
import type { Environment } from '../../shared/config.js';
import { startTracing } from '../../tracing/tracing.js';

/** Where Temporal is, and how to connect to it. */
export interface TemporalTarget {
  readonly connectionOptions: ConnectionOptions;
  readonly namespace: string;
}

/** A process's client of Temporal, if it comes to need one: loading it takes longer than most commands. */
export class TemporalConnection {
  private opened: Promise<Client> | undefined;

  /** @param env may hold keys (what is sent is encrypted then), and says whether what is done is traced */
  constructor(
    private readonly env: Environment,
    private readonly place: () => Promise<TemporalTarget>,
  ) {}

  client(): Promise<Client> {
    this.opened ??= this.open().catch((error: unknown) => {
      // Whoever asks next may have more luck.
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  async close(): Promise<void> {
    // One that could not be opened was an error where it was asked for; there is nothing of it to close.
    const client = await this.opened?.catch(() => undefined);
    await client?.connection.close();
    if (client !== undefined) await (await this.tracing())?.close();
  }

  private async open(): Promise<Client> {
    const [{ Client, Connection }, { createDataConverter }, { connectionOptions, namespace }, tracing] =
      await Promise.all([
        import('@temporalio/client'),
        import('../../encryption/data-converter.js'),
        this.place(),
        this.tracing(),
      ]);
    return new Client({
      connection: await Connection.connect(connectionOptions),
      namespace,
      dataConverter: createDataConverter(this.env),
      ...(tracing !== null && { interceptors: { workflow: [tracing.client] } }),
    });
  }

  private tracing() {
    return startTracing(this.env, 'leadwright');
  }
}
