/** One piece of work that several wait for: it is begun by the first and given up when nobody waits any more. */

interface Work<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export class SharedWork<T> {
  readonly #inProgress = new Map<string, Work<T>>();

  /**
   * Joins the work of that key, or begins it. A cancelled caller leaves at once with its signal's reason; the
   * work goes on for the others, and is aborted when the last has left.
   */
  async join(key: string, begin: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const work = this.#inProgress.get(key) ?? this.#begin(key, begin);
    work.waiting += 1;
    let leave: () => void = () => undefined;
    const left = new Promise<'left'>((resolve) => {
      leave = () => resolve('left');
    });
    signal?.addEventListener('abort', leave, { once: true });
    try {
      const first = await Promise.race([work.result.then((value) => ({ value })), left]);
      if (first !== 'left') return first.value;
    } finally {
      signal?.removeEventListener('abort', leave);
      work.waiting -= 1;
    }
    if (work.waiting === 0) await this.#abort(key, work);
    signal?.throwIfAborted();
    throw new Error('a caller left shared work without being cancelled');
  }

  #begin(key: string, begin: (signal: AbortSignal) => Promise<T>): Work<T> {
    const controller = new AbortController();
    const result = begin(controller.signal).finally(() => this.#forget(key, result));
    const work = { result, controller, waiting: 0 };
    this.#inProgress.set(key, work);
    return work;
  }

  /** Waits for the aborted work's end, so that its last caller leaves nothing running behind. */
  async #abort(key: string, work: Work<T>): Promise<void> {
    this.#forget(key, work.result);
    work.controller.abort();
    await work.result.catch(() => undefined);
  }

  #forget(key: string, result: Promise<T>): void {
    if (this.#inProgress.get(key)?.result === result) this.#inProgress.delete(key);
  }
}
