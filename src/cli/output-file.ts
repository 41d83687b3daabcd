/** Files that a command writes where a person says. */
import { resolve } from 'node:path';
import { EnvironmentError, messageOf } from '../contract/errors.js';

/** As the value of `--output`: stdout. */
export const STDOUT = '-';

export function cannotWrite(file: string, error: unknown): EnvironmentError {
  return new EnvironmentError(
    `${resolve(file)} cannot be written: ${messageOf(error)}`,
    'Name another file with --output.',
  );
}
