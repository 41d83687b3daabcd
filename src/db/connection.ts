import type pg from 'pg';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { clientClass } from './scram-client.js';

/** The same as for the pool (database.ts). A server that does not answer by then is unavailable. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Opens one connection outside the pool. The caller ends it.
 * @throws EnvironmentError, without the password, when the database cannot be connected to
 */
export async function connect(databaseUrl: string): Promise<pg.Client> {
  try {
    const client = new (clientClass(databaseUrl))({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    // When the server closes the connection, the running statement fails. Without a listener the process would end too.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    // Not as `cause`: some of these errors carry the URL, and with it the password.
    throw new EnvironmentError(
      `The database cannot be used: ${withoutPassword(causeOf(error), databaseUrl)}`,
      'Check DATABASE_URL (postgresql://user:password@host:port/database), or unset it to use the embedded PostgreSQL.',
    );
  }
}

/** The message of an error; of the first one when the connection failed for each address of the host. */
function causeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return messageOf(first);
}

function withoutPassword(message: string, databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return message.replaceAll(databaseUrl, '…');
  const { password } = new URL(databaseUrl);
  return password === '' ? message : message.replaceAll(password, '…');
}
