import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { redactOwnSecrets, redactOwnValues } from '../redaction/own-secrets.js';
import { Prisma, PrismaClient } from './generated/client.js';

/** The database of one process: Prisma's client for what is off the hot path, the pool for the statements in src/db/sql. */
export interface Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/** A connection costs the server about 10 MB; two cores are busy long before twenty statements at once. */
const CONNECTIONS = 20;

/** Fails fast when the server is gone: the activity that asked is retried, and tells why it waits. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Opens lazily: the first statement connects.
 *
 * @param statementMs after this a statement has failed and its connection is given up, for whoever can't wait until
 *   the machine notices that the other one is gone; no limit when left out
 * @param name what the server shows of its connections
 */
export function openDatabase(
  url: string,
  connections = CONNECTIONS,
  statementMs?: number,
  name = 'leadwright',
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    ...(statementMs === undefined ? {} : { query_timeout: statementMs }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: name,
  });
  // An idle connection that the server closed (a restart) is replaced when it is needed; nothing is lost.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** Reads of a large run that a page shows as a whole; a person waits no longer. */
const SNAPSHOT_MS = 30_000;

/** Several reads of the record as it is at one moment. */
export function inSnapshot<T>(
  { prisma }: Pick<Database, 'prisma'>,
  read: (tx: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return prisma.$transaction(read, {
    isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead,
    maxWait: CONNECT_TIMEOUT_MS,
    timeout: SNAPSHOT_MS,
  });
}

/** A zero byte, and half of a surrogate pair: `u` lets the class match none that has its other half. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** A text for the record: without secrets, and with the replacement character for what PostgreSQL cannot hold. */
export function sanitizeText(text: string): string {
  return holdable(redactOwnSecrets(text));
}

/** JSON as text for a `json` or `jsonb` column: what is escaped is as little storable as what is plain. */
export function sanitizeJson(value: unknown): string {
  return jsonOf(value, sanitizeText);
}

/** The same of a person's or the model's words: as they were said, but for this process's own secrets. */
export function verbatimJson(value: unknown): string {
  return jsonOf(value, (text) => holdable(redactOwnValues(text)));
}

function holdable(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

function jsonOf(value: unknown, kept: (text: string) => string): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return kept(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    // A tool call's input has whatever names the model gave.
    return Object.fromEntries(Object.entries(inner).map(([name, part]) => [kept(name), part]));
  });
}
