/** Statements about the server and its connections. They use no table of the schema. */
import type pg from 'pg';
import { z } from 'zod';
import { defineStatement } from './statement.js';

export const ping = defineStatement({
  name: 'ping',
  reason: 'inexpressible',
  why: 'Reads no table: only checks whether the server answers.',
  text: 'SELECT 1',
});

export const selectDatabase = defineStatement({
  name: 'select-database',
  reason: 'inexpressible',
  why: 'Reads the catalogue, before there is a schema.',
  text: 'SELECT datname AS name FROM pg_database WHERE datname = $1',
  values: (name: string) => [name],
  row: { name: z.string() },
});

/** Creates a database. A name cannot be a parameter, so it is quoted here. */
export async function createDatabase(client: pg.Client, name: string): Promise<void> {
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
}

/** Listens on a channel. A name cannot be a parameter, so it is quoted here. */
export async function listenOn(client: pg.Client, channel: string): Promise<void> {
  await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
}
