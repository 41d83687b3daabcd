/**
 * `npm run migration -- NAME` writes prisma/migrations/<date>_<NAME>/migration.sql: what brings the
 * migrations' result to schema.prisma. Read it, add what the schema language cannot say, commit it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withSchemaEngine } from '../src/db/schema-engine.js';
import { readMigrations } from '../src/db/migrate.js';
import { packageRoot } from '../src/shared/package-root.js';
import { startPostgres } from '../test/support/postgres.js';

const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  process.stderr.write('Usage: npm run migration -- name_in_small_letters\n');
  process.exit(2);
}
const schemaFile = join(packageRoot, 'prisma', 'schema.prisma');
const content = await readFile(schemaFile, 'utf8');
const postgres = await startPostgres();
try {
  const migrations = await readMigrations();
  const { stdout } = await withSchemaEngine(
    await postgres.createDatabase(),
    [[schemaFile, content]],
    (engine) =>
      engine.diff({
        from:
          migrations.migrationDirectories.length === 0
            ? { tag: 'empty' }
            : { tag: 'migrations', ...migrations },
        to: { tag: 'schemaDatamodel', files: [{ path: schemaFile, content }] },
        script: true,
        exitCode: null,
        filters: { externalTables: [], externalEnums: [] },
      }),
  );
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(packageRoot, 'prisma', 'migrations', `${stamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), stdout ?? '');
  process.stdout.write(`${join(folder, 'migration.sql')}\n`);
} finally {
  await postgres.stop();
}
