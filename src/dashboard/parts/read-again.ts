import { messageOf } from '../../contract/errors.js';

/**
 * Reads now and every `everyMs` after the last answer, not at all while nobody looks at the page, until the function
 * that is given back is called. `told` is told what went wrong, and nothing when it went well.
 */
export function readAgain(
  everyMs: number,
  read: () => Promise<void>,
  told: (problem: string) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  const round = async () => {
    if (!document.hidden) {
      const problem = await read().then(() => '', messageOf);
      if (isStopped) return;
      told(problem);
    }
    timer = setTimeout(() => void round(), everyMs);
  };
  void round();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
