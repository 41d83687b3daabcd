import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { EnvironmentError } from '../../contract/errors.js';
import { errorCode } from '../error-code.js';

/**
 * Finds out whether a program was not started because its working folder does not exist, which Node reports as a
 * program that does not exist. @returns null when the folder exists
 */
export function missingFolder(folder: string | undefined, error: unknown): EnvironmentError | null {
  if (folder === undefined || errorCode(error) !== 'ENOENT' || existsSync(folder)) return null;
  return new EnvironmentError(
    `the folder ${folder} does not exist on ${hostname()}`,
    'Move it back or mount it. In a fleet, every worker needs the repositories at the same paths.',
    { cause: error },
  );
}
