/** Credentials that all calls of a process share, so that a thousand agents do not start a program or ask a server each. */

/** Credentials are renewed this long before they expire, so that no call is signed with ones that expire on its way. */
const RENEWAL_MS = 5 * 60_000;

/** Credentials without an expiry are read again after this time: a person may have replaced them in their file. */
const REREAD_MS = 10_000;

/** Pause after a renewal that failed, while the old credentials are still valid. */
const RETRY_MS = 10_000;

interface Credentials {
  readonly expiration?: Date | undefined;
}

/**
 * Returns a function that fetches credentials when there are none, or when those that are known must be renewed. Callers at the
 * same time share one fetch. When a renewal fails, credentials that are still valid are used.
 * @param fetch may throw: this reaches the callers when no valid credentials are known
 */
export function sharedCredentials<C extends Credentials>(
  fetch: () => Promise<C>,
  now: () => number = Date.now,
): () => Promise<C> {
  let known: { readonly credentials: C; readonly freshUntil: number } | null = null;
  let pending: Promise<C> | null = null;

  async function renew(): Promise<C> {
    try {
      const credentials = await fetch();
      known = { credentials, freshUntil: freshUntil(credentials, now()) };
      return credentials;
    } catch (error) {
      const expiry = known?.credentials.expiration?.getTime() ?? 0;
      if (known === null || expiry <= now()) throw error;
      known = { ...known, freshUntil: Math.min(expiry, now() + RETRY_MS) };
      return known.credentials;
    } finally {
      pending = null;
    }
  }
  return () => {
    if (known !== null && now() < known.freshUntil) return Promise.resolve(known.credentials);
    pending ??= renew();
    return pending;
  };
}

/** When credentials that were fetched now are to be renewed. Ones that live shortly are used for half of their time. */
function freshUntil({ expiration }: Credentials, now: number): number {
  if (expiration === undefined) return now + REREAD_MS;
  const expiry = expiration.getTime();
  return Math.max(expiry - RENEWAL_MS, (now + expiry) / 2);
}
