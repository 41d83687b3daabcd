/**
 * Applies prisma/migrations. The table `_prisma_migrations` has Prisma's format, so that `prisma migrate deploy` can
 * continue from it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { packageRoot } from '../shared/files/package-root.js';
import { connect } from './connection.js';

export const MIGRATIONS_FOLDER = join(packageRoot, 'prisma', 'migrations');

/** The advisory lock that `prisma migrate` takes, so that only one process migrates at a time. */
const MIGRATION_LOCK = 72_707_369;

/** The definition that Prisma uses. */
const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                   varchar(36) PRIMARY KEY NOT NULL,
    checksum             varchar(64) NOT NULL,
    finished_at          timestamptz,
    migration_name       varchar(255) NOT NULL,
    logs                 text,
    rolled_back_at       timestamptz,
    started_at           timestamptz NOT NULL DEFAULT now(),
    applied_steps_count  integer NOT NULL DEFAULT 0
  )`;

const REMOVE_DATABASE =
  'Drop the database and create it again, or give this version another one (DATABASE_URL).';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly checksum: string;
}

/** The migrations of this build, in the order in which they are applied. */
export async function readMigrations(): Promise<Migration[]> {
  const entries = await readdir(MIGRATIONS_FOLDER, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(MIGRATIONS_FOLDER, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Migrates the database to this build's schema. Does nothing when it is up to date, and writes nothing when it fails.
 * @param removeOlder the advice to a person whose database was written by an older Leadwright and cannot be read
 * @throws EnvironmentError when another version wrote the database, or when it cannot be migrated
 */
export async function migrate(databaseUrl: string, removeOlder: string = REMOVE_DATABASE): Promise<void> {
  const migrations = await readMigrations();
  const client = await connect(databaseUrl);
  try {
    if ((await findPending(client, migrations, removeOlder)).length === 0) return;
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // Read again: another process may have applied them while this one waited for the lock.
    for (const migration of await findPending(client, migrations, removeOlder))
      await apply(client, migration);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `The database could not be migrated to this version's schema: ${messageOf(error)}`,
      'Give Leadwright a database of its own (DATABASE_URL), with the right to create tables in it.',
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

/** Finds the migrations to apply. @throws EnvironmentError when another version wrote the database */
async function findPending(
  client: pg.Client,
  migrations: readonly Migration[],
  removeOlder: string,
): Promise<readonly Migration[]> {
  const applied = await readApplied(client);
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const newest = migrations.at(-1)?.name ?? '';
  const newer = [...applied.keys()].filter((name) => name > newest);
  if (newer.length > 0) {
    throw new EnvironmentError(
      `The database was written by a newer Leadwright: it holds ${newer.join(', ')}`,
      'Run that newer version, or give this one another database (DATABASE_URL) or home (LEADWRIGHT_HOME).',
    );
  }
  const other = [...applied].filter(([name, checksum]) => known.get(name)?.checksum !== checksum);
  if (other.length > 0) {
    const names = other.map(([name]) => name);
    const whose = names.every((name) => known.has(name)) ? 'another build of' : 'an older';
    throw new EnvironmentError(
      `The database was written by ${whose} Leadwright, and this one cannot read it: it holds its ${names.join(', ')}`,
      removeOlder,
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

/** Reads the checksums of the applied migrations, by their names. */
async function readApplied(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const table = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  );
  if (table.rows[0]?.exists !== true) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/**
 * Applies a migration and records it in one transaction. After an error the caller closes the connection, which rolls
 * back.
 */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  await client.query(MIGRATIONS_TABLE);
  await client.query(sql);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
  await client.query('COMMIT');
}
