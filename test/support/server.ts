import { request } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import type pg from 'pg';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import type { FollowedRecord } from '../../src/cli/follow/follow-events.js';
import type { Database } from '../../src/db/database.js';
import { openDatabase } from '../../src/db/open-database.js';
import { readEvents } from '../../src/db/event-log.js';
import { migrate } from '../../src/db/migrate.js';
import { readRestingSeq } from '../../src/db/run-view.js';
import type { RunId } from '../../src/contract/ids.js';
import type { RunControl } from '../../src/server/control-service.js';
import { createReadQueries, type ReadQueries } from '../../src/server/read-queries.js';
import { startServer } from '../../src/server/server.js';
import type { RunningServer, ServerOptions } from '../../src/server/server.js';
import { startPostgres } from './postgres.js';

export const TOKEN = 'a-token-of-the-tests';
export const SHA = '0123456789abcdef0123456789abcdef01234567';

const noAction = () => Promise.reject(new Error('nothing is done in this test'));
export const NO_CONTROL: RunControl = {
  answer: noAction,
  pause: noAction,
  resume: noAction,
  cancel: noAction,
  setConcurrency: noAction,
  retry: noAction,
  retryFailed: noAction,
};

function testQueries(db: Database, url: string): ReadQueries {
  return createReadQueries({
    db,
    store: () => Promise.reject(new Error('there is no store in this test')),
    urls: () => ({ dashboard: `${url}/`, temporal: 'http://127.0.0.1:8233' }),
    workflowUrl: ({ taskId }, number) => `http://127.0.0.1:8233/${taskId}/${number}`,
  });
}

/** Starts a server on a free port of loopback. */
export async function openServer(
  databaseUrl: string,
  database: Database,
  changes: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  return await startServer({
    databaseUrl,
    listen: { host: '127.0.0.1', port: 0, fixed: true },
    token: { value: TOKEN, setByHand: true },
    queries: (url) => testQueries(database, url),
    control: NO_CONTROL,
    log: pino({ enabled: false }),
    ...changes,
  });
}

/** A server with its own database. */
export interface TestServer {
  readonly database: Database;
  readonly running: RunningServer;
  close(): Promise<void>;
}

export interface TestServerChanges {
  /** Another token than TOKEN. */
  readonly token?: string;
  readonly control?: (db: Database) => RunControl;
  /** The diffs, which otherwise need a git store. */
  readonly diff?: ReadQueries['diff'];
}

/** Starts a fresh PostgreSQL with an empty database, and a server on it. */
export async function openTestServer({
  token = TOKEN,
  control,
  diff,
}: TestServerChanges = {}): Promise<TestServer> {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  await migrate(url);
  const database = openDatabase(url, 4);
  const running = await openServer(url, database, {
    token: { value: token, setByHand: true },
    ...(control === undefined ? {} : { control: control(database) }),
    ...(diff === undefined ? {} : { queries: (address) => ({ ...testQueries(database, address), diff }) }),
  });
  return {
    database,
    running,
    close: async () => {
      await running.close();
      await database.close();
      await postgres.stop();
    },
  };
}

/** A run with one task, `price`, and no events. */
export async function createRun(pool: pg.Pool, id: string): Promise<void> {
  await pool.query(
    `WITH project AS (
       INSERT INTO projects (name, repository) VALUES ('bookshop', '/' || $1::text)
       ON CONFLICT (name, repository) DO UPDATE SET name = excluded.name RETURNING id
     ), run AS (
       INSERT INTO runs (id, project_id, repository, git_folder, branch, base, tip, plan, plan_hash, model,
                         model_endpoint, concurrency, max_corrections, allow_red_base)
       SELECT $1, id, '/shop', '/shop/.git', 'leadwright/' || $1, $2, $2, '{}', '', 'm', '', 1, 3, false FROM project
       RETURNING id, project_id
     )
     INSERT INTO tasks (run_id, id, project_id, number, title, description, assigned_to, depends_on,
                        test_command, files, may_change, generate_timeout_ms, test_timeout_ms, files_modified)
     SELECT id, 'price', project_id, 1, 'Price', '', 'backend', '{}', 'true', '{}', '{}', 1, 1, '{}' FROM run`,
    [id, SHA],
  );
}

/** Appends `count` events of one kind, each in its own transaction. `padding` makes them larger. */
export async function appendEvents(pool: pg.Pool, id: string, count: number, padding = ''): Promise<void> {
  const data = JSON.stringify({ attempt: 1, reason: `refused${padding}` });
  for (let index = 0; index < count; index += 1) {
    await pool.query(`SELECT append_event($1, 'price', 'changes.refused', $2)`, [id, data]);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends one request with exactly these headers, including Host, which `fetch` does not allow. */
export async function ask(
  server: Pick<RunningServer, 'port'>,
  path: string,
  headers: OutgoingHttpHeaders = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  const asked = request({ host: '127.0.0.1', port: server.port, path, method, headers, agent: false });
  asked.end(body);
  return await new Promise((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
  });
}

export interface SocketChanges {
  readonly protocols?: readonly string[];
  readonly headers?: Record<string, string>;
}

/** Opens a WebSocket, by default with the right token in its header. */
export function openSocket(server: RunningServer, target: string, changes: SocketChanges = {}): WebSocket {
  const { protocols = [], headers = { Authorization: `Bearer ${TOKEN}` } } = changes;
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${target}`, [...protocols], { headers });
  socket.on('error', () => undefined);
  return socket;
}

/** The status of an attempt to open a WebSocket: 101 when it opens. Closes it again. */
export async function socketStatus(socket: WebSocket): Promise<number> {
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (asked, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
      asked.destroy();
    });
    socket.once('close', () => resolve(0));
  });
  socket.terminate();
  return status;
}

/** Collects the `seq` of the next `count` messages. */
export async function collectSeqs(socket: WebSocket, count: number): Promise<number[]> {
  const seqs: number[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) throw new TypeError('a message is a Buffer');
      const message: unknown = JSON.parse(data.toString('utf8'));
      if (typeof message !== 'object' || message === null || !('seq' in message))
        throw new TypeError('no seq');
      seqs.push(Number(message.seq));
      if (seqs.length === count) resolve();
    });
    socket.once('close', (code) => reject(new Error(`closed with ${code} after ${seqs.length} of ${count}`)));
  });
  return seqs;
}

/** The record that a follower reads. */
export function recordOf(database: Database, run: RunId): FollowedRecord {
  return {
    readRestingSeq: () => readRestingSeq(database, run),
    readEvents: (after) => readEvents(database.pool, run, after, 100),
  };
}

/** Waits until a socket is closed. Returns the close code. */
export async function closeCode(socket: WebSocket): Promise<number> {
  return await new Promise((resolve) => socket.once('close', resolve));
}

/** first, first + 1, … last. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
