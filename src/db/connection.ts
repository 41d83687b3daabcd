import pg from 'pg';
import { EnvironmentError, messageOf } from '../contract/errors.js';

/** As long as a pool waits (database.ts): a server that does not answer by then is not there. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * One connection, for whoever needs it to itself. The caller ends it.
 * @throws EnvironmentError, without the password, when the database cannot be connected to
 */
export async function connect(databaseUrl: string): Promise<pg.Client> {
  try {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    // A connection that the server ends fails the statement that is under way. Without a listener it would
    // end the process too.
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

/** Where each address of a name refused, the first refusal says what happened. */
function causeOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return messageOf(first);
}

function withoutPassword(message: string, databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return message.replaceAll(databaseUrl, '…');
  const { password } = new URL(databaseUrl);
  return password === '' ? message : message.replaceAll(password, '…');
}
