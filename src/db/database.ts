import pg from 'pg';
import { redactOwnSecrets, redactOwnValues } from '../redaction/own-secrets.js';
import { clientClass } from './scram-client.js';
// A type only: the client takes longer to load than a short command takes otherwise.
import type { Prisma, PrismaClient } from './generated/client.js';

/** The database for the statements in src/db/sql alone. */
export interface SqlDatabase {
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** The database of one process: Prisma's client for most queries, and the pool for the statements in src/db/sql. */
export interface Database extends SqlDatabase {
  readonly prisma: PrismaClient;
}

/** A connection costs the server about 10 MB, and twenty concurrent statements saturate two cores. */
const CONNECTIONS = 20;

/** Fails fast when the server is unavailable: the activity is retried, and the retry shows the reason. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * A statement takes milliseconds, or seconds on a busy machine. After a minute its connection counts as dead: the operating
 * system would notice after a quarter of an hour that a server is gone, or never, and until then the connection would be lost
 * to the others.
 */
const STATEMENT_MS = 60_000;

/**
 * Opens the database without Prisma's client. The first statement connects.
 *
 * @param statementMs the timeout of a statement in milliseconds, after which its connection is closed
 * @param name the application name of the connections, which the server shows
 */
export function openSqlDatabase(
  url: string,
  connections = CONNECTIONS,
  statementMs = STATEMENT_MS,
  name = 'leadwright',
): SqlDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    Client: clientClass(url),
    max: connections,
    query_timeout: statementMs,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: name,
  });
  // The pool replaces an idle connection that the server has closed, after a restart for instance.
  pool.on('error', () => undefined);
  return { pool, close: () => pool.end() };
}

/** Longest time for reading a large run in one snapshot. A person does not wait longer for a page. */
const SNAPSHOT_MS = 30_000;

/** Runs several reads in one snapshot of the database. */
export function inSnapshot<T>(
  { prisma }: Pick<Database, 'prisma'>,
  read: (tx: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return prisma.$transaction(read, {
    isolationLevel: 'RepeatableRead',
    maxWait: CONNECT_TIMEOUT_MS,
    timeout: SNAPSHOT_MS,
  });
}

/** A zero byte or a lone surrogate. With the flag `u` the class does not match surrogates in pairs. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** Prepares a text for a column: redacts secrets and replaces characters that PostgreSQL cannot store. */
export function sanitizeText(text: string): string {
  return replaceUnstorable(redactOwnSecrets(text));
}

/**
 * Prepares a value for a `json` or `jsonb` column. PostgreSQL refuses the unstorable characters in escaped form, too.
 */
export function sanitizeJson(value: unknown): string {
  return stringifyWith(value, sanitizeText);
}

/** Like sanitizeJson, for texts of a person or the model: redacts only the values of this process's own secrets. */
export function verbatimJson(value: unknown): string {
  return stringifyWith(value, (text) => replaceUnstorable(redactOwnValues(text)));
}

function replaceUnstorable(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

function stringifyWith(value: unknown, sanitize: (text: string) => string): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return sanitize(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    // The model chooses the property names in a tool call's input.
    return Object.fromEntries(Object.entries(inner).map(([name, part]) => [sanitize(name), part]));
  });
}
