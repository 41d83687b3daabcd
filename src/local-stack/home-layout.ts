/** The layout version of LEADWRIGHT_HOME: a number in the file `layout`, written at the first start and then checked. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { HomePaths } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { quoteIfNeeded } from '../shared/shell.js';

/**
 * Raised by each version that cannot use what an earlier version left in a home. It stays 1 until 0.1.0 is released.
 * A home without the file is older than any number.
 */
export const HOME_LAYOUT = 1;

/** Checks the layout; writes nothing. @throws EnvironmentError when a version with another layout wrote the home */
export async function checkLayout(paths: HomePaths): Promise<void> {
  const found = await readLayout(paths);
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
  await writeFile(draft, `${HOME_LAYOUT}\n`);
  await rename(draft, paths.layout);
}

/** The layout number; null for a new, empty home, and 0 for a home that is older than the file. */
async function readLayout(paths: HomePaths): Promise<number | null> {
  if (!existsSync(paths.layout)) {
    return [paths.postgres, paths.temporalFile, paths.store].some((path) => existsSync(path)) ? 0 : null;
  }
  const found = Number(await readFile(paths.layout, 'utf8'));
  return Number.isInteger(found) ? found : 0;
}
