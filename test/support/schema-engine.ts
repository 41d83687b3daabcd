import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import { MIGRATIONS_FOLDER, readMigrations } from '../../src/db/migrate.js';
import { packageRoot } from '../../src/shared/package-root.js';

type SchemaEngine = engineModule.SchemaEngine;

export const SCHEMA_FILE = join(packageRoot, 'prisma', 'schema.prisma');
/** All tables count. */
export const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** `prisma/migrations`, as the engine wants it. */
export async function engineMigrations() {
  const migrations = await readMigrations();
  return {
    baseDir: MIGRATIONS_FOLDER,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(MIGRATIONS_FOLDER, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}

/**
 * The SQL that would bring a database with all migrations to `schema`.
 * @param emptyDatabase where the migrations are applied for that
 */
export async function schemaDifference(emptyDatabase: string, schema: string): Promise<string> {
  const migrations = await engineMigrations();
  return withSchemaEngine(emptyDatabase, [[SCHEMA_FILE, schema]], async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', files: [{ path: SCHEMA_FILE, content: schema }] },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    return (stdout ?? '').trim();
  });
}

/**
 * Prisma's own migration engine as WebAssembly, for what only it can say: what schema.prisma means. The native one is
 * a download that many machines cannot make. Its connections are closed afterwards: one of them holds the lock that
 * keeps every other engine waiting.
 */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  datamodels: [path: string, content: string][],
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  await loadOnce();
  const adapters = new EngineAdapters({ connectionString: databaseUrl });
  try {
    const engine = await engineModule.SchemaEngine.new(
      { datamodels },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(adapters),
    );
    try {
      return await use(engine);
    } finally {
      engine.free();
    }
  } finally {
    await adapters.close();
  }
}

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** Prisma's adapter as its own engine needs it: see `fitted`. The engine ends none of them itself. */
class EngineAdapters extends PrismaPg {
  readonly #pools: pg.Pool[] = [];

  override async connect() {
    return this.#keep(await super.connect());
  }

  override async connectToShadowDb() {
    return this.#keep(await super.connectToShadowDb());
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map(async (pool) => (pool.ending ? undefined : pool.end())));
  }

  #keep(adapter: Adapter): Adapter {
    this.#pools.push(adapter.underlyingDriver());
    return fitted(adapter);
  }
}

/**
 * Two of the adapter's habits are in the engine's way: it cuts a script at every semicolon, those inside a
 * function's body too, where PostgreSQL takes a script whole; and it refuses columns of the type `"char"`, of
 * which the system catalogue is full.
 */
function fitted(adapter: Adapter): Adapter {
  const pool = adapter.underlyingDriver();
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      // Anything but this class reaches the engine as a number only.
      throw error instanceof pg.DatabaseError ? new DriverAdapterError(describe(error)) : error;
    }
  };
  pool.on('connect', (client) => {
    if (client instanceof pg.Client) client.connection.prependListener('rowDescription', markChars);
  });
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    return {
      ...result,
      columnTypes: result.columnTypes.map((type) =>
        type === ColumnTypeEnum.Uuid ? ColumnTypeEnum.Character : type,
      ),
    };
  };
  return adapter;
}

const CHAR: number = pg.types.builtins.CHAR;
const UUID: number = pg.types.builtins.UUID;

interface RowDescription {
  readonly fields: { dataTypeID: number }[];
}

/** The adapter knows uuid, passes it on as text, and the engine reads none: it stands in for `"char"`. */
function markChars({ fields }: RowDescription): void {
  for (const field of fields) if (field.dataTypeID === CHAR) field.dataTypeID = UUID;
}

function describe(error: pg.DatabaseError) {
  return {
    kind: 'postgres' as const,
    code: error.code ?? '',
    severity: error.severity ?? 'ERROR',
    message: error.message,
    detail: error.detail,
    column: error.column,
    hint: error.hint,
  };
}

let loading: Promise<void> | undefined;

/** The module keeps its WebAssembly instance in a global of its own: one per process is all there can be. */
function loadOnce(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  const main = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(new URL('schema_engine_bg.wasm', `file://${main}`));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': engineModule,
  });
  engineModule.__wbg_set_wasm(instance.exports);
  // The module starts itself where a bundler loads it; here that is ours to do.
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') Reflect.apply(start, undefined, []);
}
