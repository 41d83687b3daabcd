import { Client, Connection } from '@temporalio/client';
import type { StackHold } from '../../src/local-stack/hold-stack.js';

/** Calls `use` with a client of the stack's Temporal server, and closes the connection afterwards. */
export async function withTemporal<T>(
  { temporal: { connectionOptions, namespace } }: StackHold,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect(connectionOptions);
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}
