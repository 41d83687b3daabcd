/** Work that several callers wait for. The first caller starts it; it is aborted when no caller waits any more. */

interface Work<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export class SharedWork<T> {
  readonly #inProgress = new Map<string, Work<T>>();

  /**
   * Waits for the work with this key, and starts it when it is not running.
   * @param signal cancels this caller only, which returns at once. The work is aborted when its last caller is cancelled.
   * @throws the signal's reason when this caller is cancelled; the work's own errors
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

  /** Aborts the work and waits for its end, so that nothing runs after its last caller has returned. */
  async #abort(key: string, work: Work<T>): Promise<void> {
    this.#forget(key, work.result);
    work.controller.abort();
    await work.result.catch(() => undefined);
  }

  #forget(key: string, result: Promise<T>): void {
    if (this.#inProgress.get(key)?.result === result) this.#inProgress.delete(key);
  }
}
