/**
 * The connection of a model call: errors that tell whether the request was sent, and an idle timeout for the answer.
 */

import { Agent } from 'undici';

/** When a call broke: before the request was sent, or while its answer was awaited or read. */
export type BrokenAt = 'before-sent' | 'answer';

/**
 * A call whose connection failed. The message is that of the root cause, worded so that the SDK sees no timeout in
 * it.
 */
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
 * Node's default dispatcher times out after five minutes without data. A slow local model reads the whole conversation
 * before it sends anything, so only the call's own timeout applies.
 */
const noTimeouts = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** fetch for the SDK. It throws WireError, which tells what failed; the SDK's own errors do not in all cases. */
export const fetchOnWire: typeof fetch = async (input, init) => {
  try {
    return await fetch(input, Object.assign({}, init, { dispatcher: noTimeouts }));
  } catch (error) {
    if (init?.signal?.aborted === true) throw error;
    throw wireErrorOf(error);
  }
};

/** Converts an error of fetch to a WireError. Pure. */
export function wireErrorOf(error: unknown): WireError {
  const chain = [...causesOf(error)];
  const root = chain.at(-1);
  const message = root?.message ?? String(error);
  const codes = chain.map(codeOf);
  if (codes.includes('UND_ERR_CONNECT_TIMEOUT'))
    return new WireError('before-sent', 'no connection could be established');
  if (chain.some(isBeforeSent)) return new WireError('before-sent', message);
  return new WireError('answer', message);
}

/** The error and its causes, the root cause last. Of an AggregateError (one error per address) it takes the first. */
function* causesOf(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error;) {
    yield at;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the call failed at name resolution, the connection or the TLS handshake, before the request was sent. */
function isBeforeSent(error: Error): boolean {
  const syscall = 'syscall' in error ? error.syscall : '';
  return (
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    TLS_ERRORS.test(codeOf(error)) ||
    // URLs that fetch rejects.
    codeOf(error) === 'ERR_INVALID_URL' ||
    error.message === 'bad port' ||
    error.message === 'unknown scheme'
  );
}

/** Codes for a server without TLS, or with a certificate that is not accepted. */
const TLS_ERRORS =
  /^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|.*SELF_SIGNED_CERT.*|UNABLE_TO_(?:VERIFY|GET_ISSUER)_.*)$/;

/**
 * Returns the same response with limits: its body fails when no data arrives for `idleMs`, and when it is longer than
 * `maxBytes`. A working provider sends pings. Other failures of the body become a WireError, too.
 * @throws WireError when there is no body
 */
export function withLimits(
  response: Response,
  { idleMs, maxBytes }: { readonly idleMs: number; readonly maxBytes: number },
): Response {
  if (response.body === null) throw new WireError('answer', 'the response was empty');
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  let idleIntervals = 0;
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        // Several short intervals instead of one timer: when this process itself was paused, only one interval is lost.
        timer = setInterval(() => {
          if (++idleIntervals < INTERVALS) return;
          clearInterval(timer);
          controller.error(silent(idleMs));
          void reader.cancel().catch(() => undefined);
        }, idleMs / INTERVALS);
      },
      pull: async (controller) => {
        const { done, value } = await reader.read().catch((error: unknown) => {
          clearInterval(timer);
          throw isAbort(error) ? error : wireErrorOf(error);
        });
        idleIntervals = 0;
        if (done) {
          clearInterval(timer);
          controller.close();
          return;
        }
        bytes += value.byteLength;
        if (bytes <= maxBytes) {
          controller.enqueue(value);
          return;
        }
        clearInterval(timer);
        controller.error(new WireError('answer', `the answer is longer than ${maxBytes} bytes`));
        void reader.cancel().catch(() => undefined);
      },
      cancel: (reason) => {
        clearInterval(timer);
        return reader.cancel(reason);
      },
    },
    // No read-ahead: data is read only when the consumer asks for it.
    { highWaterMark: 0 },
  );
  return new Response(body, { status: response.status, headers: response.headers });
}
const INTERVALS = 5;

/** The error of a call whose server sends nothing. */
export function silent(ms: number): WireError {
  return new WireError('answer', `no data arrived for ${Math.round(ms / 1000)} s`);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
