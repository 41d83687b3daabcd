/** The layout version of LEADWRIGHT_HOME: a number in the file `layout`, written at the first start and then checked. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { HomePaths } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { quoteIfNeeded } from '../shared/process/shell.js';

/**
 * Raised by each version that cannot use what an earlier version left in a home. It stays 1 until 0.1.0 is released.
 * A home without the file is older than any number.
 */
export const HOME_LAYOUT = 1;

/**
 * Checks the layout; writes nothing.
 * @throws EnvironmentError when a version with another layout wrote the home, or the number is damaged
 */
export async function checkLayout(paths: HomePaths): Promise<void> {
  const found = await readLayout(paths);
  if (found === 'damaged') throw damagedLayout(paths);
  if (found === null || found === HOME_LAYOUT) return;
  if (found > HOME_LAYOUT) {
    throw new EnvironmentError(
      `${paths.home} was written by a newer Leadwright: its layout is ${found}, and this version knows ${HOME_LAYOUT}`,
      'Run that newer version, or set LEADWRIGHT_HOME to another folder.',
    );
  }
  throw new EnvironmentError(
    `${paths.home} was written by an older Leadwright, and this version cannot read it`,
    howToRemoveHome(paths.home),
  );
}

/** A full disk or a power failure can empty the file. The home's data may be intact, so no message advises to remove it. */
function damagedLayout({ layout }: HomePaths): EnvironmentError {
  return new EnvironmentError(
    `The file ${layout} is damaged: it does not hold the number of the home's layout`,
    `Put it back from a backup. If no older Leadwright used this home, write the number again:  echo ${HOME_LAYOUT} > ${quoteIfNeeded(layout)}`,
  );
}

/** How to remove a home of an older version. Landed work is in the user's repositories, so it is not lost. */
export function howToRemoveHome(home: string): string {
  return `End what still runs there, then remove it with its runs (branches in your repositories stay):  rm -rf ${quoteIfNeeded(home)}`;
}

/** Checks the layout. Creates the home with its number when it is new. @throws EnvironmentError as checkLayout() */
export async function claimLayout(paths: HomePaths): Promise<void> {
  await checkLayout(paths);
  if (existsSync(paths.layout)) return;
  await mkdir(paths.home, { recursive: true, mode: 0o700 });
  // By a rename, so that nobody reads half a file. Another process that starts at the same time writes the same number.
  const draft = `${paths.layout}.${randomBytes(8).toString('hex')}`;
  // On disk before the rename, so that a power failure leaves no empty file.
  await writeFile(draft, `${HOME_LAYOUT}\n`, { flush: true });
  await rename(draft, paths.layout);
}

/** The layout number; null for a new, empty home, and 0 for a home that is older than the file. */
async function readLayout(paths: HomePaths): Promise<number | 'damaged' | null> {
  if (!existsSync(paths.layout)) {
    return [paths.postgres, paths.temporalFile, paths.store].some((path) => existsSync(path)) ? 0 : null;
  }
  const text = (await readFile(paths.layout, 'utf8')).trim();
  return /^\d+$/.test(text) ? Number(text) : 'damaged';
}
