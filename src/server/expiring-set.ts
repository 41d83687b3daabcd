import { createHash, randomBytes } from 'node:crypto';

/** Each browser has one. The oldest goes first, so nobody fills the memory. */
const MAX_ENTRIES = 1_000;

/** Secrets with an expiry time. Kept as hashes, so that a look-up takes the same time for every guess. */
export class ExpiringSet {
  readonly #expiries = new Map<string, number>();

  constructor(
    private readonly lifetimeMs: number,
    private readonly now: () => number,
  ) {}

  /** Makes a secret. */
  add(): string {
    const secret = randomBytes(32).toString('base64url');
    const [oldest] = this.#expiries.keys();
    if (oldest !== undefined && this.#expiries.size >= MAX_ENTRIES) this.#expiries.delete(oldest);
    this.#expiries.set(digest(secret), this.now() + this.lifetimeMs);
    return secret;
  }

  has(secret: string): boolean {
    const expiry = this.#expiries.get(digest(secret));
    return expiry !== undefined && this.now() < expiry;
  }

  /** Whether the secret is valid. It is not from then on. */
  remove(secret: string): boolean {
    const isValid = this.has(secret);
    this.#expiries.delete(digest(secret));
    return isValid;
  }
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
