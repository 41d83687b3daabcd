/**
 * `npm run migration -- NAME`: writes prisma/migrations/<date>_<NAME>/migration.sql, the difference between the existing
 * migrations and schema.prisma. Review it, add what the schema language cannot express, and commit it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MIGRATIONS_FOLDER } from '../src/db/migrate.js';
import { startPostgres } from '../test/support/postgres.js';
import { SCHEMA_FILE, schemaDifference } from '../test/support/schema-engine.js';

const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  process.stderr.write('Usage: npm run migration -- name_in_small_letters\n');
  process.exit(2);
}
const postgres = await startPostgres();
try {
  const difference = await schemaDifference(
    await postgres.createDatabase(),
    await readFile(SCHEMA_FILE, 'utf8'),
  );
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(MIGRATIONS_FOLDER, `${stamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), `${difference}\n`);
  process.stdout.write(`${join(folder, 'migration.sql')}\n`);
} finally {
  await postgres.stop();
}
