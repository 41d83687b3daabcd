import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createPostgresService } from '../../src/local-stack/postgres/postgres-service.js';
import { Service } from '../../src/local-stack/process/service.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { makeSocketFolder } from '../../src/shared/network/sockets.js';
import { findParentWatch } from '../../src/local-stack/process/parent-watch.js';

/** A temporary real PostgreSQL for tests. Its data is removed when it stops. */
export interface TestPostgres {
  /** The URL of a fresh, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a server as the stack does. A test file that needs one starts it in `before` and stops it in `after`.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'leadwright-test-postgres-'));
  const paths = stackPaths(folder);
  await mkdir(paths.logs);
  await makeSocketFolder(folder);
  const parentWatch = await findParentWatch(process.env);
  const stopped = new AbortController();
  const definition = await createPostgresService({
    paths,
    env: process.env,
    endWithHost: parentWatch('INT'),
    signal: stopped.signal,
    throwAway: true,
  });
  const nothing = () => undefined;
  const service = new Service(definition, { changed: nothing, gaveUp: nothing, log: nothing });
  const { databaseUrl } = await service.start();
  let count = 0;
  return {
    createDatabase: async () => {
      const name = `test_${++count}`;
      await onceConnected(databaseUrl, (client) => client.query(`CREATE DATABASE ${name}`));
      const url = new URL(databaseUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    stop: async () => {
      stopped.abort();
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function onceConnected(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
