import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { packageRoot } from '../shared/package-root.js';
import { connect } from './connection.js';
import { withSchemaEngine } from './schema-engine.js';

const SCHEMA_FILE = join(packageRoot, 'prisma', 'schema.prisma');
const MIGRATIONS_FOLDER = join(packageRoot, 'prisma', 'migrations');

/** Two processes that start at once must not migrate at once; any number that nobody else locks will do. */
const MIGRATION_LOCK = 7_265_102;

/** `prisma/migrations`, as the engine wants it. */
export async function readMigrations() {
  const entries = await readdir(MIGRATIONS_FOLDER, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: await readFile(join(MIGRATIONS_FOLDER, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  );
  const lock = await readFile(join(MIGRATIONS_FOLDER, 'migration_lock.toml'), 'utf8');
  return {
    baseDir: MIGRATIONS_FOLDER,
    lockfile: { path: 'migration_lock.toml', content: lock },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}

/**
 * Brings the database to this build's schema; does nothing when it is there already. A database that holds
 * migrations this build does not know was written by a newer Leadwright: EnvironmentError, nothing changed.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const migrations = await readMigrations();
  const known = migrations.migrationDirectories.map((migration) => migration.path);
  const client = await connect(databaseUrl);
  try {
    if (await isCurrent(client, known)) return;
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // Whoever held the lock may have done it all.
    if (await isCurrent(client, known)) return;
    const schema = await readFile(SCHEMA_FILE, 'utf8');
    await withSchemaEngine(databaseUrl, [[SCHEMA_FILE, schema]], (engine) =>
      engine.applyMigrations({
        migrationsList: migrations,
        filters: { externalTables: [], externalEnums: [] },
      }),
    );
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `The database could not be brought to this version's schema: ${messageOf(error)}`,
      'Give Leadwright a database of its own (DATABASE_URL), with the right to create tables in it.',
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

/** The engine takes half a second to load: not when there is nothing to do. */
async function isCurrent(client: pg.Client, known: readonly string[]): Promise<boolean> {
  const table = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  );
  if (table.rows[0]?.exists !== true) return false;
  const applied = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  const names = new Set(applied.rows.map((row) => row.name));
  const newer = [...names].filter((name) => !known.includes(name));
  if (newer.length > 0) {
    throw new EnvironmentError(
      `The database was written by a newer Leadwright: it holds ${newer.join(', ')}`,
      'Run that newer version, or give this one another database (DATABASE_URL) or home (LEADWRIGHT_HOME).',
    );
  }
  return known.every((name) => names.has(name));
}
