/** Credentials of a cloud that cannot be used, and those that cannot be fetched at the moment. Pure. */

/** There are no credentials to make a call with. `passesByItself` tells whether there may be some later. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** How the SDKs of Bedrock and Vertex begin the message of the error that says that credentials could not be had. */
const OF_AN_SDK = /^Failed to (?:resolve AWS|acquire Google OAuth) credentials/;

/** The reason why an SDK got no credentials for a call; null for any other error. */
export function credentialsProblem(error: unknown): unknown {
  if (error instanceof CredentialsError) return error;
  return error instanceof Error && OF_AN_SDK.test(error.message) ? (error.cause ?? error) : null;
}

/** Node's codes for an issuer of credentials that cannot be reached at the moment. */
const NOT_REACHED =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_.*)$/;

/**
 * Whether fetching credentials failed in a way that passes by itself: their issuer was not reached, was busy or had an error
 * of its own. Missing, expired and refused credentials need a person.
 */
export function passesByItself(error: unknown): boolean {
  for (let at = error; typeof at === 'object' && at !== null; at = field(at, 'cause')) {
    const code = field(at, 'code');
    if (typeof code === 'string' && NOT_REACHED.test(code)) return true;
    if (field(at, 'name') === 'TimeoutError' || field(at, '$fault') === 'server') return true;
    // Google's library keeps the response, AWS's its metadata.
    const status = field(field(at, 'response'), 'status') ?? field(field(at, '$metadata'), 'httpStatusCode');
    if (typeof status === 'number') return status === 429 || status >= 500;
  }
  return false;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  return Reflect.get(value, name);
}
