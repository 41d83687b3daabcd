import Anthropic from '@anthropic-ai/sdk';
import { redactOwnSecrets } from '../redaction/own-secrets.js';
import { WireError } from './wire.js';

/** Why a model call gave no answer, and so what is to be done about it. */
export type ModelFailure = {
  /**
   * Whether the provider may bill it. Not when the request was never sent, or was answered with the status of an
   * error; an answer that broke off may well be billed.
   */
  readonly billed: 'no' | 'possibly';
  readonly message: string;
} & (
  | {
      /** Too many requests, an overload or a fault of the provider's: later, or when it says. */
      readonly kind: 'busy';
      readonly retryAfterMs: number | null;
      /** It has too much to do: all who call it should slow down. */
      readonly slowsFleet: boolean;
    }
  /** The connection was refused or broke: the same. */
  | { readonly kind: 'connection'; readonly retryAfterMs: null }
  /** No key, a wrong one, no money behind it, or no such model: a person has to do something for the whole run. */
  | { readonly kind: 'access' }
  /** The conversation is too long for the model: a person has to do something about the task. */
  | { readonly kind: 'context' }
  /** This request will never be answered: the same. */
  | { readonly kind: 'request' }
);

/**
 * Sorts what callModel threw; null when it is not a failure of the call at all (a bug of ours).
 * @see https://docs.anthropic.com/en/api/errors for the statuses
 */
export function classifyFailure(error: unknown): ModelFailure | null {
  if (error instanceof Anthropic.APIConnectionError) {
    return connectionFailure(error.cause instanceof WireError ? error.cause : error);
  }
  if (error instanceof WireError) return connectionFailure(error);
  if (!(error instanceof Anthropic.APIError)) return null;
  const { status, headers, body } = partsOf(error);
  return typeof status === 'number'
    ? statusFailure(status, body, headers, 'no')
    : // An `error` event in the middle of a stream: the status line was 200 by then.
      statusFailure(statusOfType(field(inner(body), 'type')), body, undefined, 'possibly');
}

function connectionFailure(error: Error): ModelFailure {
  const unsent = error instanceof WireError && error.brokenAt === 'before-sent';
  return {
    kind: 'connection',
    message: unsent
      ? `The model could not be reached: ${error.message}`
      : `The model broke off its answer: ${error.message}`,
    billed: unsent ? 'no' : 'possibly',
    retryAfterMs: null,
  };
}

type Billed = ModelFailure['billed'];

function statusFailure(
  status: number,
  body: unknown,
  headers: Headers | undefined,
  billed: Billed,
): ModelFailure {
  const said = wordsOf(body);
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 404:
      return { kind: 'access', message: `${ACCESS[status]} (${status}): ${said}`, billed };
    // 408 (time-out) and 409 (conflict) pass by themselves, as 429 and all of 5xx do.
    case 408:
    case 409:
    case 429:
      return busy(status, said, headers, billed);
    case 413:
      return { kind: 'context', message: tooLong(status, said), billed };
    default:
      if (status >= 500) return busy(status, said, headers, billed);
      if (NO_MONEY.test(said))
        return { kind: 'access', message: `${ACCESS[402]} (${status}): ${said}`, billed };
      if (TOO_LONG.test(said)) return { kind: 'context', message: tooLong(status, said), billed };
      return { kind: 'request', message: `The model refused the request (${status}): ${said}`, billed };
  }
}

function busy(status: number, said: string, headers: Headers | undefined, billed: Billed): ModelFailure {
  return {
    kind: 'busy',
    message: `The model answered ${status}: ${said}`,
    retryAfterMs: retryAfter(headers),
    slowsFleet: status === 429 || status === OVERLOADED,
    billed,
  };
}

/** The API's own status for an overload. */
const OVERLOADED = 529;

const ACCESS = {
  401: "The model's API does not accept the key",
  402: "The model's account has no money left",
  403: 'The key may not do this',
  404: 'There is no such model, or no Messages API at this address',
} as const;

function tooLong(status: number, said: string): string {
  return `The conversation no longer fits into the model (${status}): ${said}`;
}

/** What the API says with a 400 when the credit, or a limit that the account's owner set, is used up. */
const NO_MONEY = /credit balance|API usage limits/i;

/** What it, and servers that speak like it, say with a 400 to more tokens than the model takes. */
const TOO_LONG =
  /prompt is too long|exceeds? (?:the )?(?:model's )?(?:maximum )?context|context (?:length|window)/i;

/** The status that an error of this type has when it comes as one. */
function statusOfType(type: unknown): number {
  switch (type) {
    case 'invalid_request_error':
      return 400;
    case 'authentication_error':
      return 401;
    case 'billing_error':
      return 402;
    case 'permission_error':
      return 403;
    case 'not_found_error':
      return 404;
    case 'request_too_large':
      return 413;
    case 'rate_limit_error':
      return 429;
    case 'overloaded_error':
      return OVERLOADED;
    default:
      return 500;
  }
}

interface ErrorParts {
  readonly status: unknown;
  readonly headers: Headers | undefined;
  readonly body: unknown;
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
    body: error.error,
  };
}

/** The provider's own sentence, without its JSON, and no longer than a line. */
function wordsOf(body: unknown): string {
  const message = field(inner(body), 'message');
  const text = typeof message === 'string' && message !== '' ? message : 'no reason given';
  // Before it is cut: half of a key that a server repeats looks like none.
  return redactOwnSecrets(text.replaceAll(/\s+/g, ' ')).slice(0, SENTENCE);
}
const SENTENCE = 300;

function inner(body: unknown): unknown {
  return field(body, 'error') ?? body;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
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
