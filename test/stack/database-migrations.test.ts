import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { migrate, readMigrations } from '../../src/db/migrate.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import {
  engineMigrations,
  NO_FILTERS,
  SCHEMA_FILE,
  schemaDifference,
  withSchemaEngine,
} from '../support/schema-engine.js';

const NOTHING_TO_DO = '-- This is an empty migration.';

describe('the migrations', () => {
  let server: TestPostgres;
  before(async () => {
    server = await startPostgres();
  });
  after(async () => {
    await server.stop();
  });

  async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  const difference = async (schema: string) => schemaDifference(await server.createDatabase(), schema);

  const applied = (url: string) => query(url, 'SELECT * FROM _prisma_migrations ORDER BY id');

  /** Asserts that the migration is refused with this message and this remedy, and changes nothing. */
  async function refused(url: string, message: RegExp, fix: RegExp, remove?: string): Promise<void> {
    const before = await applied(url);
    await assert.rejects(migrate(url, remove), (error) => {
      assert.ok(error instanceof EnvironmentError, String(error));
      assert.match(error.message, message);
      assert.match(error.fix, fix);
      return true;
    });
    assert.deepEqual(await applied(url), before);
  }

  it('lead to schema.prisma', async () => {
    assert.equal(await difference(await readFile(SCHEMA_FILE, 'utf8')), NOTHING_TO_DO);
  });

  it('are found not to lead to a schema with one more column', async () => {
    const schema = await readFile(SCHEMA_FILE, 'utf8');
    const changed = schema.replace('model Project {', 'model Project {\n  colour String?');
    assert.notEqual(changed, schema);
    assert.match(await difference(changed), /ALTER TABLE "projects" ADD COLUMN\s+"colour" TEXT/);
  });

  it('are applied once when requested repeatedly', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    const first = await applied(url);
    await migrate(url);
    assert.deepEqual(await applied(url), first);
    assert.equal(first.length, (await readMigrations()).length);
  });

  it('are applied once by ten clients at the same time', async () => {
    const url = await server.createDatabase();
    await Promise.all(Array.from({ length: 10 }, () => migrate(url)));
    const rows = await query<{ migration_name: string }>(
      url,
      'SELECT migration_name FROM _prisma_migrations ORDER BY migration_name',
    );
    assert.deepEqual(
      rows.map((row) => row.migration_name),
      (await readMigrations()).map(({ name }) => name),
    );
  });

  it('leave no connection open, and so no lock, behind them', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    const others = await query(
      url,
      `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    assert.deepEqual(others, []);
  });

  it('refuse a database of a newer version, say what to do, and change nothing', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    await query(
      url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('x', 'x', '99990101000000_later', now(), 1)`,
    );
    await refused(
      url,
      /newer Leadwright.*99990101000000_later/,
      /newer version.*DATABASE_URL.*LEADWRIGHT_HOME/,
    );
  });

  it('refuse a database of an older version, say how to remove it, and change nothing', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    await query(url, `UPDATE _prisma_migrations SET migration_name = '20261123230000_initial'`);
    await refused(url, /an older Leadwright.*20261123230000_initial/, /Drop the database.*DATABASE_URL/);
    await refused(url, /an older Leadwright/, /^rm -rf x$/, 'rm -rf x');
  });

  it('refuse a database with a different migration of the same name, and change nothing', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    await query(url, `UPDATE _prisma_migrations SET checksum = repeat('0', 64)`);
    await refused(url, /another build of Leadwright.*_initial/, /Drop the database.*DATABASE_URL/);
  });

  it('leave a record that Prisma can continue from', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    const migrationsList = await engineMigrations();
    const schema = await readFile(SCHEMA_FILE, 'utf8');
    const byPrisma = await withSchemaEngine(url, [[SCHEMA_FILE, schema]], (engine) =>
      engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
    );
    assert.deepEqual(byPrisma.appliedMigrationNames, []);
    const history = await withSchemaEngine(url, [[SCHEMA_FILE, schema]], (engine) =>
      engine.diagnoseMigrationHistory({
        migrationsList,
        optInToShadowDatabase: false,
        filters: NO_FILTERS,
      }),
    );
    assert.deepEqual(
      [
        history.hasMigrationsTable,
        history.editedMigrationNames,
        history.failedMigrationNames,
        history.history,
      ],
      [true, [], [], null],
    );
  });

  it('continue from a record that Prisma wrote', async () => {
    const url = await server.createDatabase();
    const migrationsList = await engineMigrations();
    const schema = await readFile(SCHEMA_FILE, 'utf8');
    await withSchemaEngine(url, [[SCHEMA_FILE, schema]], (engine) =>
      engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
    );
    const before = await applied(url);
    await migrate(url);
    assert.deepEqual(await applied(url), before);
    const columns = async (database: string) =>
      query(
        database,
        `SELECT column_name, ordinal_position, column_default, is_nullable, data_type, character_maximum_length
         FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
      );
    const own = await server.createDatabase();
    await migrate(own);
    assert.deepEqual(await columns(own), await columns(url), 'the table is the one that Prisma makes');
  });

  it('say so when the tables belong to somebody else', async () => {
    const url = await server.createDatabase();
    await query(url, 'CREATE TABLE projects (something text)');
    await assert.rejects(migrate(url), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.fix, /a database of its own/);
      return true;
    });
  });

  const unusable = [
    ['nobody listens', 'postgresql://me:secret-word@127.0.0.1:1/x'],
    ['the name has no address', 'postgresql://me:secret-word@nowhere.invalid/x'],
    ['it is no URL', 'postgresql://me:secret-word@127.0.0.1:port/x'],
  ] as const;
  for (const [what, url] of unusable) {
    it(`say that the environment is not ready, without the password, when ${what}`, async () => {
      await assert.rejects(migrate(url), (error) => {
        assert.ok(error instanceof EnvironmentError, String(error));
        assert.doesNotMatch(`${error.message} ${error.fix} ${error.stack ?? ''}`, /secret-word/);
        assert.match(error.fix, /DATABASE_URL/);
        return true;
      });
    });
  }

  it('say so when there is no such database', async () => {
    const url = new URL(await server.createDatabase());
    url.pathname = '/not-there';
    await assert.rejects(migrate(url.href), EnvironmentError);
  });

  it('survive a server that ends their connection', async () => {
    const url = await server.createDatabase();
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    // The migration lock is taken: the migration waits, and its connection is ended while it waits.
    await blocker.query('SELECT pg_advisory_lock(72707369)');
    const migrating = migrate(url);
    const failed = assert.rejects(migrating, EnvironmentError);
    for (let ended = 0; ended === 0;) {
      const { rowCount } = await blocker.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event = 'advisory'`,
      );
      ended = rowCount ?? 0;
    }
    await failed;
    await blocker.end();
  });
});
