/** A command's connections to the servers of the stack, opened while the rest of the stack still starts. */
import type { Environment, HomePaths } from '../../shared/config.js';
import type { Database } from '../../db/database.js';
import { payloadKeyVariable } from '../../local-stack/external-services.js';
import type { Servers } from '../../local-stack/hold-stack.js';
import { TemporalConnection } from '../../runs/control/temporal-connection.js';
import { deferred } from '../../shared/async/deferred.js';

/** A command makes few statements, mostly one after another. */
export const COMMAND_CONNECTIONS = 4;

export interface OpenConnections {
  readonly db: Database;
  readonly temporal: TemporalConnection;
  /** Ends the attempts to reach a stack that is lost: the next one may have another address. */
  readonly lose: (lost: unknown) => void;
}

export class Connections {
  #opened: Promise<OpenConnections> | undefined;

  constructor(
    private readonly env: Environment,
    private readonly paths: HomePaths,
  ) {}

  /** Opens connections to the servers of a host, instead of those of a host that was lost. */
  open(servers: Servers): Promise<OpenConnections> {
    // Errors are ignored: that host is gone.
    this.close().catch(() => undefined);
    this.#opened = this.#open(servers);
    this.#opened.catch(() => undefined);
    return this.#opened;
  }

  /** The connections that are open, or new ones to these servers. */
  get(servers: Servers): Promise<OpenConnections> {
    return this.#opened ?? this.open(servers);
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    const connections = await opened?.catch(() => undefined);
    if (connections === undefined) return;
    connections.lose(undefined);
    await connections.db.close();
    await connections.temporal.close();
  }

  async #open({ databaseUrl, temporal }: Servers): Promise<OpenConnections> {
    const { openDatabase } = await import('../../db/open-database.js');
    const lost = deferred<unknown>();
    const target = { ...temporal, lost: lost.promise };
    return {
      db: openDatabase(databaseUrl, COMMAND_CONNECTIONS),
      temporal: new TemporalConnection(
        { ...this.env, ...payloadKeyVariable(this.env, this.paths.home) },
        () => Promise.resolve(target),
      ),
      lose: lost.resolve,
    };
  }
}
