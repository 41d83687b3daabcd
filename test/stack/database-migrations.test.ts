import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { migrate, readMigrations } from '../../src/db/migrate.js';
import { withSchemaEngine } from '../../src/db/schema-engine.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { packageRoot } from '../../src/shared/package-root.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

const SCHEMA_FILE = join(packageRoot, 'prisma', 'schema.prisma');
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

  /** The SQL that would bring a database with all migrations to `schema`. */
  async function difference(schema: string): Promise<string> {
    const migrations = await readMigrations();
    return withSchemaEngine(await server.createDatabase(), [[SCHEMA_FILE, schema]], async (engine) => {
      const { stdout } = await engine.diff({
        from: { tag: 'migrations', ...migrations },
        to: { tag: 'schemaDatamodel', files: [{ path: SCHEMA_FILE, content: schema }] },
        script: true,
        exitCode: null,
        filters: { externalTables: [], externalEnums: [] },
      });
      return (stdout ?? '').trim();
    });
  }

  it('lead to schema.prisma', async () => {
    assert.equal(await difference(await readFile(SCHEMA_FILE, 'utf8')), NOTHING_TO_DO);
  });

  it('are seen not to lead to a schema with one more column', async () => {
    const schema = await readFile(SCHEMA_FILE, 'utf8');
    const changed = schema.replace('model Project {', 'model Project {\n  colour String?');
    assert.notEqual(changed, schema);
    assert.match(await difference(changed), /ALTER TABLE "projects" ADD COLUMN\s+"colour" TEXT/);
  });

  it('are applied once, however often they are asked for', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    const first = await query(url, 'SELECT * FROM _prisma_migrations ORDER BY id');
    await migrate(url);
    assert.deepEqual(await query(url, 'SELECT * FROM _prisma_migrations ORDER BY id'), first);
    assert.equal(first.length, (await readMigrations()).migrationDirectories.length);
  });

  it('are applied once by ten that start at once', async () => {
    const url = await server.createDatabase();
    await Promise.all(Array.from({ length: 10 }, () => migrate(url)));
    const applied = await query<{ migration_name: string }>(
      url,
      'SELECT migration_name FROM _prisma_migrations ORDER BY migration_name',
    );
    const known = (await readMigrations()).migrationDirectories.map(({ path }) => path);
    assert.deepEqual(
      applied.map((row) => row.migration_name),
      known,
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
    const before = await query(url, 'SELECT * FROM _prisma_migrations ORDER BY id');
    await assert.rejects(migrate(url), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /newer Leadwright.*99990101000000_later/);
      assert.match(error.fix, /newer version.*DATABASE_URL.*LEADWRIGHT_HOME/);
      return true;
    });
    assert.deepEqual(await query(url, 'SELECT * FROM _prisma_migrations ORDER BY id'), before);
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
    // The lock of the migrations is held: whoever migrates waits, and is thrown out while it does.
    await blocker.query('SELECT pg_advisory_lock(7265102)');
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
