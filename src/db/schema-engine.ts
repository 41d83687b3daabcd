import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * Prisma's own migration engine, as WebAssembly. The native one is a download that many machines cannot
 * make; this one comes with the packages and writes the same `_prisma_migrations`.
 */
export async function openSchemaEngine(
  databaseUrl: string,
  datamodels: [path: string, content: string][],
): Promise<engineModule.SchemaEngine> {
  await loadOnce();
  const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScriptPg({ connectionString: databaseUrl }));
  return engineModule.SchemaEngine.new({ datamodels }, () => undefined, adapter);
}

/**
 * Prisma's adapter cuts a script at every semicolon, those inside a function's body too. PostgreSQL takes a
 * script whole.
 */
class WholeScriptPg extends PrismaPg {
  override async connect() {
    return sendWhole(await super.connect());
  }
  override async connectToShadowDb() {
    return sendWhole(await super.connectToShadowDb());
  }
}

function sendWhole(adapter: Awaited<ReturnType<PrismaPg['connect']>>) {
  adapter.executeScript = async (script) => {
    try {
      await adapter.underlyingDriver().query(script);
    } catch (error) {
      // Anything but this class reaches the engine as a number only.
      throw error instanceof pg.DatabaseError ? new DriverAdapterError(describe(error)) : error;
    }
  };
  return adapter;
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
