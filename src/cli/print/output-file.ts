/** Output files named with `--output`. */
import { resolve } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';

/** The value of `--output` that means stdout. */
export const STDOUT = '-';

export function cannotWrite(file: string, error: unknown): EnvironmentError {
  return new EnvironmentError(
    `${resolve(file)} cannot be written: ${messageOf(error)}`,
    'Name another file with --output.',
  );
}
