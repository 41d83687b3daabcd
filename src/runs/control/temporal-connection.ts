import type * as TemporalLibrary from '@temporalio/client';
import type { Client, ClientOptions, ConnectionOptions } from '@temporalio/client';
import type { Environment } from '../../shared/config.js';
import { retryUntilLost } from './retry-until-lost.js';
import { stampRequests } from './stamp-requests.js';
import type { Tracing } from '../../tracing/temporal-tracing.js';
import { startTracing } from '../../tracing/tracing.js';

/** The address of Temporal, and how to connect to it. */
export interface TemporalTarget {
  readonly connectionOptions: ConnectionOptions;
  readonly namespace: string;
  /** Resolves when the stack is lost that a command holds: the next one's server may have another address. */
  readonly lost?: Promise<unknown>;
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
    const [library, target, options] = await Promise.all([
      import('@temporalio/client'),
      this.findTarget(),
      this.tracing().then((tracing) => clientOptions(this.env, tracing)),
    ]);
    return new library.Client({
      connection: await library.Connection.connect(withRetries(target, library)),
      namespace: target.namespace,
      ...options,
    });
  }

  private tracing() {
    return startTracing(this.env, 'leadwright');
  }
}

/**
 * The options of every client that starts workflows or sends them requests.
 * @param env names the keys for payloads, if any
 */
export async function clientOptions(
  env: Environment,
  tracing: Pick<Tracing, 'client'> | null,
): Promise<Pick<ClientOptions, 'dataConverter' | 'interceptors'>> {
  const { createDataConverter } = await import('../../encryption/data-converter.js');
  return {
    dataConverter: await createDataConverter(env),
    interceptors: { workflow: [...(tracing === null ? [] : [tracing.client]), stampRequests] },
  };
}

function withRetries(
  { connectionOptions, lost }: TemporalTarget,
  library: Pick<typeof TemporalLibrary, 'defaultGrpcRetryOptions' | 'makeGrpcRetryInterceptor'>,
): ConnectionOptions {
  if (lost === undefined) return connectionOptions;
  const retries = retryUntilLost(library.defaultGrpcRetryOptions(), lost);
  return { ...connectionOptions, interceptors: [library.makeGrpcRetryInterceptor(retries)] };
}
