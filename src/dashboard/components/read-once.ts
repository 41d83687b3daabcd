import { messageOf } from '../../contract/errors.js';
import { isAway } from '../api-client.js';

/** How often a read is repeated while the server is away. */
const RETRY_MS = 2_000;

/**
 * Reads what does not change. While the server does not answer, reads again until it does.
 *
 * @param report called after each read: with the error message, or with an empty string
 * @returns a function that stops it
 */
export function readOnce<T>(
  read: () => Promise<T>,
  onFound: (value: T) => void,
  report: (problem: string) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  const tryToRead = async () => {
    try {
      const value = await read();
      if (isStopped) return;
      onFound(value);
      report('');
    } catch (error) {
      if (isStopped) return;
      report(messageOf(error));
      if (isAway(error)) timer = setTimeout(() => void tryToRead(), RETRY_MS);
    }
  };
  void tryToRead();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
