/** The layout of LEADWRIGHT_HOME: a number in the file `layout`, written at the first start and checked before any other. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { HomePaths } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { shellQuote } from '../shared/shell.js';

/**
 * Raised by each version that cannot go on with what an earlier one left in a home. Until 0.1.0 is released it stays
 * 1: a home without the file is older than any number.
 */
export const HOME_LAYOUT = 1;

/** Writes nothing. @throws EnvironmentError when a version with another layout wrote the home */
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

/** What a person does about a home of an older version. What has landed is not in it, but in their repositories. */
export function howToRemoveHome(home: string): string {
  return `Remove it with its runs, after you have ended what still runs there (branches in your repositories stay):  rm -rf ${quoteIfNeeded(home)}`;
}

/** Checks the layout, and makes the home with its number when it is new. @throws EnvironmentError as checkLayout() */
export async function claimLayout(paths: HomePaths): Promise<void> {
  await checkLayout(paths);
  if (existsSync(paths.layout)) return;
  await mkdir(paths.home, { recursive: true, mode: 0o700 });
  // Whole or not at all; another process that starts at the same time writes the same.
  const draft = `${paths.layout}.${randomBytes(8).toString('hex')}`;
  await writeFile(draft, `${HOME_LAYOUT}\n`);
  await rename(draft, paths.layout);
}

/** Null for a home that is new: it has no number, and nothing to lose. 0 for one from before there were numbers. */
async function readLayout(paths: HomePaths): Promise<number | null> {
  if (!existsSync(paths.layout)) {
    return [paths.postgres, paths.temporalFile, paths.store].some((path) => existsSync(path)) ? 0 : null;
  }
  const found = Number(await readFile(paths.layout, 'utf8'));
  return Number.isInteger(found) ? found : 0;
}

/** As a person would type it in a shell. */
function quoteIfNeeded(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : shellQuote(path);
}
