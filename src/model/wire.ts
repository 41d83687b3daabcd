/**
 * The connection of a model call: errors that tell whether the request was sent, and an idle timeout for the answer.
 */

import { pipeline, Readable } from 'node:stream';
import { createUnzip } from 'node:zlib';
import type { Dispatcher } from 'undici';

/** When a call broke: before the request was sent, while its answer was awaited or read, or because it had no end. */
export type BrokenAt = 'before-sent' | 'answer' | 'too-long';

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

/** Statuses whose responses have no body, by the Fetch standard. */
export const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304];

/**
 * fetch for SDKs, as far as they use it: the body is text, and a redirect is an answer like others, so that a key reaches
 * nobody else. It throws WireError, which tells what failed; the SDK's own errors do not in all cases. While an answer is
 * awaited it holds half of what Node's fetch holds, and not the request.
 */
export const fetchOnWire: typeof fetch = async (input, init) => {
  const options = requestOf(init);
  const { send, proxyOf } = await import('../shared/network/http-client.js');
  try {
    return responseOf(await send(urlOf(input), options));
  } catch (error) {
    if (init?.signal?.aborted === true || error instanceof WireError) throw error;
    const broken = wireErrorOf(error);
    // Undici reads the body when it writes the request: not before there is a connection, and its TLS handshake is done.
    const isUnsent = options.body !== null && !options.body.readableDidRead;
    throw isUnsent
      ? new WireError('before-sent', `${broken.message}${describeProxy(proxyOf(urlOf(input)))}`)
      : broken;
  }
};

function urlOf(input: string | URL | Request): string | URL {
  return input instanceof Request ? input.url : input;
}

/** The end of a message: the proxy without its credentials, or nothing. */
function describeProxy(proxy: URL | null): string {
  return proxy === null ? '' : ` (through the proxy ${proxy.host}, which the environment names)`;
}

function requestOf({ method, headers, body, signal }: RequestInit = {}) {
  if (typeof body !== 'string' && body !== undefined && body !== null)
    throw new TypeError('the body is not text');
  const known = METHODS.find((each) => each === (method ?? 'GET'));
  if (known === undefined) throw new TypeError(`unknown method ${method}`);
  const bytes = Buffer.from(body ?? '');
  return {
    method: known,
    headers: {
      'user-agent': 'leadwright',
      ...Object.fromEntries(new Headers(headers)),
      'accept-encoding': 'gzip',
    },
    body: bytes.length === 0 ? null : givenAway(bytes),
    signal: signal ?? null,
  };
}
const METHODS = ['GET', 'POST', 'DELETE'] as const;

/** A stream of these bytes, which holds them only until they are sent: the answer may take minutes. */
function givenAway(bytes: Buffer): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(bytes);
  stream.push(null);
  return stream;
}

/** @throws WireError for a status that a Response cannot have; its connection is closed */
function responseOf({ statusCode: status, headers, body }: Dispatcher.ResponseData): Response {
  body.on('error', ignore);
  if (status < 200 || status > 599) {
    body.destroy();
    throw new WireError('answer', `the answer has the status ${status}, which no answer of HTTP has`);
  }
  const list = new Headers();
  for (const [name, values] of Object.entries(headers)) {
    // A header's bytes, one a character, as fetch has them.
    for (const value of [values ?? []].flat()) list.append(name, Buffer.from(value).toString('latin1'));
  }
  if (WITHOUT_BODY.includes(status)) {
    body.resume();
    return new Response(null, { status, headers: list });
  }
  const whole = unpacked(body, list.get('content-encoding'));
  const chunks = status < 300 ? whole.iterator() : beginningOf(whole);
  return new Response(streamOf(whole, chunks), { status, headers: list });
}

/** Errors reach who reads; without a listener, that of an answer nobody reads would end the process. */
const ignore = () => undefined;

function streamOf(body: Readable, chunks: AsyncIterator<Uint8Array, unknown>): ReadableStream<Uint8Array> {
  body.on('error', ignore);
  return new ReadableStream(
    {
      pull: async (controller) => {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => {
        body.destroy();
        void chunks.return?.().catch(() => undefined);
      },
    },
    // No read-ahead: data is read only when the consumer asks for it.
    { highWaterMark: 0 },
  );
}

/** Bounds of an error's body, whose first words are all that is shown. */
const ERROR_BYTES = 256 * 1024;
const ERROR_MS = 5_000;

/**
 * The beginning of an error's body. SDKs read such a body to its end before they tell the status, however long it is. When it
 * is cut it ends like a whole one, so that the status and the headers are not lost.
 */
async function* beginningOf(body: Readable): AsyncGenerator<Uint8Array, void> {
  const late = new AbortController();
  let bytes = 0;
  const timer = setTimeout(() => {
    late.abort();
    body.destroy();
  }, ERROR_MS);
  try {
    const chunks: AsyncIterable<Uint8Array> = body;
    for await (const chunk of chunks) {
      yield chunk;
      bytes += chunk.byteLength;
      if (bytes >= ERROR_BYTES) return;
    }
  } catch (error) {
    if (!late.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/** Forms that a server may send. Only gzip is asked for: servers disagree about what deflate is. */
const PACKED: readonly string[] = ['gzip', 'x-gzip', 'deflate'];

/** The body without its compression. Another form is left as it is, and is no answer then. */
function unpacked(body: Readable, encoding: string | null): Readable {
  return PACKED.includes((encoding ?? '').trim().toLowerCase())
    ? // Its errors reach the reader of the last stream.
      pipeline(body, createUnzip(), () => undefined)
    : body;
}

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

/**
 * Whether the call failed at name resolution, the connection or the TLS handshake, before the request was sent. For requests
 * without a body, and for the errors of an SDK.
 */
function isBeforeSent(error: Error): boolean {
  const syscall = 'syscall' in error ? error.syscall : '';
  return (
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    TLS_ERRORS.test(codeOf(error)) ||
    // URLs that are none, or not of HTTP.
    codeOf(error) === 'ERR_INVALID_URL' ||
    codeOf(error) === 'UND_ERR_INVALID_ARG'
  );
}

/** Codes for a server without TLS, or with a certificate that is not accepted. */
const TLS_ERRORS =
  /^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|.*SELF_SIGNED_CERT.*|UNABLE_TO_(?:VERIFY|GET_ISSUER)_.*)$/;

/**
 * The body of a response within limits: it fails when no data arrives for `idleMs`, and when it is longer than `maxBytes`. A
 * working provider sends pings. Other failures become a WireError, too. Stopping early closes the connection.
 * @throws WireError also when there is no body
 */
export async function* boundedBody(
  { body }: Response,
  { idleMs, maxBytes }: { readonly idleMs: number; readonly maxBytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) throw new WireError('answer', 'the response was empty');
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const close = () => void reader.cancel().catch(() => undefined);
  let idleIntervals = 0;
  let bytes = 0;
  // Several short intervals instead of one timer: when this process itself was paused, only one interval is lost.
  const timer = setInterval(() => {
    if (++idleIntervals < INTERVALS) return;
    clearInterval(timer);
    close();
  }, idleMs / INTERVALS);
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw isAbort(error) ? error : wireErrorOf(error);
      });
      if (idleIntervals >= INTERVALS) throw silent(idleMs);
      if (done) return;
      idleIntervals = 0;
      bytes += value.byteLength;
      if (bytes > maxBytes) throw new WireError('too-long', `the answer is longer than ${maxBytes} bytes`);
      yield value;
    }
  } finally {
    clearInterval(timer);
    close();
  }
}
const INTERVALS = 5;

/** The error of a call whose server sends nothing. */
export function silent(ms: number): WireError {
  return new WireError('answer', `no data arrived for ${Math.round(ms / 1000)} s`);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
