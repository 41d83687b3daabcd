/** Waits for a promise, or until the signal is aborted. @throws the signal's reason; the promise's work goes on */
export async function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  // When the signal is aborted first, nobody else looks at how the promise ends.
  promise.catch(() => undefined);
  let wake: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => (wake = resolve)).then(() => {
    signal.throwIfAborted();
    return promise;
  });
  signal.addEventListener('abort', wake, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
