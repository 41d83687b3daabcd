/** Statements about the server and its connections. They use no table of the schema. */
import type pg from 'pg';
import { defineStatement } from './statement.js';

export const ping = defineStatement({
  name: 'ping',
  reason: 'inexpressible',
  why: 'Reads no table: only checks whether the server answers.',
  text: 'SELECT 1',
});

/** Listens on a channel. A name cannot be a parameter, so it is quoted here. */
export async function listenOn(client: pg.Client, channel: string): Promise<void> {
  await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
}
