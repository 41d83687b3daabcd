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
import { packageRoot } from '../../src/shared/files/package-root.js';

type SchemaEngine = engineModule.SchemaEngine;

export const SCHEMA_FILE = join(packageRoot, 'prisma', 'schema.prisma');
/** Compare all tables. */
export const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** `prisma/migrations` in the engine's format. */
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
 * @param emptyDatabase the URL of a database to which the engine applies the migrations
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
 * Runs Prisma's migration engine as WebAssembly, because only Prisma can interpret schema.prisma. The native engine is a
 * download that many machines cannot make. The connections are closed afterwards, because one of them holds a lock that
 * blocks every other engine.
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

/** Prisma's adapters, adapted to the engine (see `fitted`). Closes them, because the engine does not. */
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
 * Works around two limits of the adapter. It splits scripts at every semicolon, even inside function bodies, although
 * PostgreSQL accepts a whole script. And it refuses columns of the type `"char"`, which the system catalogue uses.
 */
function fitted(adapter: Adapter): Adapter {
  const pool = adapter.underlyingDriver();
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      // The engine gets the details of this error class only; any other reaches it as a number.
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

/** Disguises `"char"` columns as uuid, which the adapter passes on as text and which the engine itself does not read. */
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

/** The module keeps its WebAssembly instance in a global, so there can be only one per process. */
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
  // A bundler would call the module's start function; without one, it is called here.
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') Reflect.apply(start, undefined, []);
}
