/** Loading the parts of the page: each is a file of its own. */

/** How often a part that could not be loaded is tried again while the server is away. */
const RETRY_MS = 2_000;

/**
 * Loads a part of the page. While the server is away, it tries again until the server answers.
 *
 * @param onAway called when the server is away
 * @throws what `load` threw although the server answers: it may have been upgraded
 */
export async function loadPart<T>(load: () => Promise<T>, onAway: () => void): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (await answers()) {
        // The server may have come back just now.
        return await load().catch(() => {
          throw error;
        });
      }
      onAway();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function answers(): Promise<boolean> {
  return await fetch('/healthz').then(
    ({ ok }) => ok,
    () => false,
  );
}

export const PART_IS_AWAY = 'The server does not answer. This is loaded as soon as it does.';
