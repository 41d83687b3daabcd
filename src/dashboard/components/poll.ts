import { messageOf } from '../../contract/errors.js';

/**
 * Calls `read` now and again `intervalMs` after each answer. Pauses while the page is hidden, unless `whileHidden`.
 *
 * @param report called after each read: with the error message, or with an empty string
 * @returns a function that stops polling
 */
export function poll(
  intervalMs: number,
  read: () => Promise<void>,
  report: (problem: string) => void,
  { whileHidden = false } = {},
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  const readOnce = async () => {
    if (whileHidden || !document.hidden) {
      const problem = await read().then(() => '', messageOf);
      if (isStopped) return;
      report(problem);
    }
    timer = setTimeout(() => void readOnce(), intervalMs);
  };
  void readOnce();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
