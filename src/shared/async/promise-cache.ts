/** Results of slow work by key, of which those that were used last are kept. Work that fails is forgotten. */
export class PromiseCache<Value> {
  readonly #known = new Map<string, Promise<Value>>();

  /** @param limit of the number of results */
  constructor(private readonly limit: number) {}

  /** The result for a key; work that is under way is not begun again. @throws whatever `make` throws */
  async get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#known.get(key) ?? make();
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.limit && oldest !== undefined) this.#known.delete(oldest);
    try {
      return await known;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }
}
