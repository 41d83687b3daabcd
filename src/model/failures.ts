import Anthropic from '@anthropic-ai/sdk';

/** Why a model call gave no answer, and so what is to be done about it. */
export type ModelFailure = {
  /** Whether the provider may bill it: not when it was never sent, or answered with the status of an error. */
  readonly billed: 'no' | 'possibly';
} &
  /** Too many requests, an overload or a fault of the provider's: later, or when it says. */
  (
    | {
        readonly kind: 'busy';
        readonly message: string;
        readonly retryAfterMs: number | null;
        /** It has too much to do: all who call it should slow down. */
        readonly slowsFleet: boolean;
      }
    /** The connection was refused or broke: the same. */
    | { readonly kind: 'connection'; readonly message: string; readonly retryAfterMs: null }
    /** 401, 403, 404: no key, a wrong one, or no such model. A person has to do something. */
    | { readonly kind: 'access'; readonly message: string }
    /** Any other 4xx: this request will never be answered. */
    | { readonly kind: 'request'; readonly message: string }
  );

/**
 * Sorts what the SDK threw; null when it is not a failure of the call at all (a bug of ours).
 * @see https://docs.anthropic.com/en/api/errors for the statuses
 */
export function failureOf(error: unknown): ModelFailure | null {
  if (error instanceof Anthropic.APIConnectionError) {
    return {
      kind: 'connection',
      message: `The model could not be reached: ${rootMessage(error)}`,
      billed: isRefused(error) ? 'no' : 'possibly',
      retryAfterMs: null,
    };
  }
  if (isBrokenConnection(error)) {
    return {
      kind: 'connection',
      message: 'The model broke off its answer.',
      billed: 'possibly',
      retryAfterMs: null,
    };
  }
  if (!(error instanceof Anthropic.APIError)) return null;
  const { status, headers, said } = partsOf(error);
  if (typeof status !== 'number') {
    // An `error` event in the middle of a stream: the status line was 200 by then.
    return {
      kind: 'busy',
      message: `The model broke off its answer: ${said}`,
      billed: 'possibly',
      slowsFleet: false,
      retryAfterMs: null,
    };
  }
  if (status === 401 || status === 403 || status === 404) {
    return { kind: 'access', message: accessMessage(status, said), billed: 'no' };
  }
  // 408 (time-out), 409 (conflict) and 429 pass by themselves, as all of 5xx do.
  if (status === 408 || status === 409 || status === 429 || status >= 500) {
    return {
      kind: 'busy',
      message: `The model answered ${status}: ${said}`,
      billed: 'no',
      slowsFleet: status === 429 || status === 529,
      retryAfterMs: retryAfter(headers),
    };
  }
  return { kind: 'request', message: `The model refused the request (${status}): ${said}`, billed: 'no' };
}

/** A connection that ends in the middle of a body comes as fetch's own TypeError. */
function isBrokenConnection(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'terminated';
}

function accessMessage(status: 401 | 403 | 404, said: string): string {
  switch (status) {
    case 401:
      return `The model's API does not accept the key (401): ${said}`;
    case 403:
      return `The key may not do this (403): ${said}`;
    case 404:
      return `There is no such model, or no Messages API at this address (404): ${said}`;
  }
}

interface ErrorParts {
  readonly status: unknown;
  readonly headers: Headers | undefined;
  readonly said: string;
}

/** The SDK leaves these open; each is looked at before it is used. */
function partsOf(error: {
  readonly status: unknown;
  readonly headers: unknown;
  readonly error: unknown;
}): ErrorParts {
  return {
    status: error.status,
    headers: error.headers instanceof Headers ? error.headers : undefined,
    said: wordsOf(error.error),
  };
}

/** The provider's own sentence, without its JSON, and no longer than a line. */
function wordsOf(body: unknown): string {
  const inner = field(body, 'error') ?? body;
  const message = field(inner, 'message');
  const text = typeof message === 'string' && message !== '' ? message : 'no reason given';
  return text.replaceAll(/\s+/g, ' ').slice(0, SENTENCE);
}
const SENTENCE = 300;

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** No connection was made: nothing was sent. */
function isRefused(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && (cause.code === 'ECONNREFUSED' || cause.code === 'ENOTFOUND')) return true;
  }
  return false;
}

function rootMessage(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? rootMessage(cause) : error.message;
}

/** A provider that says "in an hour" is believed; one that says more has made a mistake. */
const LONGEST_WAIT_MS = 3_600_000;

/** `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, section 10.2.3). */
export function retryAfter(headers: Headers | undefined, now = Date.now()): number | null {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return Math.min(ms, LONGEST_WAIT_MS);
  const text = headers?.get('retry-after');
  if (text === null || text === undefined || text === '') return null;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_WAIT_MS) : null;
}
