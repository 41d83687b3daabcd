/** Values of git objects that were used last, by name, up to a total size. An object never changes, so none is outdated. */
export class RecentObjects<Value> {
  readonly #values = new Map<string, Value>();
  #size = 0;

  constructor(
    private readonly maxSize: number,
    private readonly sizeOf: (value: Value) => number,
  ) {}

  has(sha: string): boolean {
    return this.#values.has(sha);
  }

  get(sha: string): Value | undefined {
    const found = this.#values.get(sha);
    if (found !== undefined) {
      this.#values.delete(sha);
      this.#values.set(sha, found);
    }
    return found;
  }

  add(sha: string, value: Value): void {
    const size = this.sizeOf(value);
    if (size > this.maxSize || this.has(sha)) return;
    this.#values.set(sha, value);
    this.#size += size;
    for (const [oldest, old] of this.#values) {
      if (this.#size <= this.maxSize) break;
      this.#values.delete(oldest);
      this.#size -= this.sizeOf(old);
    }
  }
}
