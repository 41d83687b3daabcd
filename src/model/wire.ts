/** What happens to a model call on the wire: whether it was sent at all, and whether its answer goes on. */

import { Agent } from 'undici';

/** How far a call had come when it broke. */
export type BrokenAt = 'before-sent' | 'answer';

/** A call that broke on the wire. Its message is the root of it, in words that the SDK takes for no time-out. */
export class WireError extends Error {
  override readonly name = 'WireError';
  constructor(
    readonly brokenAt: BrokenAt,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Node's own way to a server gives up after five minutes without a word. A slow model of one's own reads the whole
 * conversation in silence before it answers: how long it may is the call's own limit.
 */
const patient = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** fetch, for the SDK: it tells what broke, which the SDK's own errors don't for all cases. */
export const fetchOnWire: typeof fetch = async (input, init) => {
  try {
    return await fetch(input, Object.assign({}, init, { dispatcher: patient }));
  } catch (error) {
    if (init?.signal?.aborted === true) throw error;
    throw wireErrorOf(error);
  }
};

/** What fetch threw instead of giving a response. Pure. */
export function wireErrorOf(error: unknown): WireError {
  const chain = [...causesOf(error)];
  const root = chain.at(-1);
  const message = root?.message ?? String(error);
  const codes = chain.map(codeOf);
  if (codes.includes('UND_ERR_CONNECT_TIMEOUT'))
    return new WireError('before-sent', 'no connection came about');
  if (chain.some(isBeforeSent)) return new WireError('before-sent', message);
  return new WireError('answer', message);
}

/** The error and what caused it, the root last; of several at once (addresses of one name) the first. */
function* causesOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error;) {
    yield at;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Finding the address, connecting, checking who it is: nothing of the request was sent by then. */
function isBeforeSent(error: Error): boolean {
  const syscall = 'syscall' in error ? error.syscall : '';
  return (
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    NOBODY_TRUSTED.test(codeOf(error)) ||
    // Addresses that fetch doesn't try.
    codeOf(error) === 'ERR_INVALID_URL' ||
    error.message === 'bad port' ||
    error.message === 'unknown scheme'
  );
}

/** Codes of a server that speaks no TLS, or whose certificate is not accepted. */
const NOBODY_TRUSTED =
  /^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|.*SELF_SIGNED_CERT.*|UNABLE_TO_(?:VERIFY|GET_ISSUER)_.*)$/;

/**
 * The same response, whose body breaks when nothing of it comes for that long: a provider that works sends
 * pings. Whatever else breaks it is a WireError, too.
 * @throws WireError when there is no body
 */
export function withIdleTimeout(response: Response, idleMs: number): Response {
  if (response.body === null) throw new WireError('answer', 'it was empty');
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  let silentParts = 0;
  let timer: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        // In parts, so that a process that was itself paused for long does not take that for silence.
        timer = setInterval(() => {
          if (++silentParts < PARTS) return;
          clearInterval(timer);
          controller.error(new WireError('answer', `nothing more came for ${Math.round(idleMs / 1000)} s`));
          void reader.cancel().catch(() => undefined);
        }, idleMs / PARTS);
      },
      pull: async (controller) => {
        const { done, value } = await reader.read().catch((error: unknown) => {
          clearInterval(timer);
          throw isAbort(error) ? error : wireErrorOf(error);
        });
        silentParts = 0;
        if (done) {
          clearInterval(timer);
          controller.close();
        } else {
          controller.enqueue(value);
        }
      },
      cancel: (reason) => {
        clearInterval(timer);
        return reader.cancel(reason);
      },
    },
    // Nothing is read ahead: who reads it sets the pace.
    { highWaterMark: 0 },
  );
  return new Response(body, { status: response.status, headers: response.headers });
}
const PARTS = 5;

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
