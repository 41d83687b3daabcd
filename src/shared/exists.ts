import { statSync } from 'node:fs';
import { errorCode } from './error-code.js';

/**
 * Whether a path exists. Asked at once: that takes less time than to hand the question to a thread, and a busy process waits
 * long for the answer.
 * @throws when a folder on the way cannot be searched
 */
export function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}
