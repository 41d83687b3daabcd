import type { WaitReason } from '../contract/waiting.js';
import { messageOf } from '../contract/errors.js';
import { redactOwnSecrets } from '../redaction/own-secrets.js';
import { credentialsProblem, passesByItself } from './credentials.js';
import { WireError } from './wire.js';

/** Why a model call gave no answer. The kind decides what happens next. */
export type ModelFailure = {
  /**
   * Whether the provider may bill the call. It does not when the request was never sent or was answered with an error
   * status. It may bill an answer that broke off.
   */
  readonly billed: 'no' | 'possibly';
  readonly message: string;
} & (
  | {
      /** Too many requests, an overload, or an error of the provider. Retry later, or when the provider says. */
      readonly kind: 'busy';
      readonly retryAfterMs: number | null;
      /** The HTTP status, or the one that belongs to an error within a stream. */
      readonly status: number;
      /** The provider is overloaded, so all workers should slow down. */
      readonly slowsFleet: boolean;
    }
  /** The connection was refused or broke. Retry later. */
  | { readonly kind: 'connection'; readonly retryAfterMs: null }
  /**
   * No key, an invalid key, no credit or a wrong address (`account`): it fails for every model. Or no such model, or not
   * for this key (`model`): others may work. A person has to act.
   */
  | { readonly kind: 'access'; readonly concerns: 'account' | 'model' }
  /** The conversation is too long for the model. It is summarised; a person has to act only when that fails too. */
  | { readonly kind: 'context' }
  /** The provider will never answer this request. A person has to act for the task. */
  | { readonly kind: 'request' }
);

/**
 * Classifies an error of callModel; null when it is not a failure of the call, but a bug in Leadwright.
 * @see https://docs.anthropic.com/en/api/errors for the statuses
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html for Bedrock's
 */
export function classifyFailure(error: unknown): ModelFailure | null {
  const credentials = credentialsProblem(error);
  if (credentials !== null) return credentialsFailure(credentials);
  if (error instanceof WireError)
    return error.brokenAt === 'too-long' ? endlessAnswer(error) : connectionFailure(error);
  if (!isApiError(error)) return null;
  if (/^APIConnection(?:Timeout)?Error$/.test(error.name)) {
    return connectionFailure(error.cause instanceof WireError ? error.cause : error);
  }
  const { status, headers, body } = partsOf(error);
  return typeof status === 'number'
    ? statusFailure(status, body, headers, 'no')
    : // An `error` event within a stream. The status line had been 200.
      statusFailure(statusOfType(field(unwrapError(body), 'type')), body, undefined, 'possibly');
}

/** The SDK of a cloud had no credentials to send a call with. */
function credentialsFailure(reason: unknown): ModelFailure {
  const text = providerWords(messageOf(reason));
  return passesByItself(reason)
    ? {
        kind: 'connection',
        message: `The model could not be reached: its credentials could not be fetched: ${text}`,
        billed: 'no',
        retryAfterMs: null,
      }
    : {
        kind: 'access',
        concerns: 'account',
        message: `The credentials for the model cannot be used: ${text}`,
        billed: 'no',
      };
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

/** The next one would have no end either, and each may be billed. */
function endlessAnswer({ message }: WireError): ModelFailure {
  return {
    kind: 'request',
    message: `The model's answer was cut off, as it has no end: ${message}, which is more than its tokens can take. The call may have been billed. Check the model's server, or a gateway in front of it, then answer this`,
    billed: 'possibly',
  };
}

type Billed = ModelFailure['billed'];

function statusFailure(
  status: number,
  body: unknown,
  headers: Headers | undefined,
  billed: Billed,
): ModelFailure {
  const reason = reasonOf(body);
  const access = (as: keyof typeof ACCESS, concerns: 'account' | 'model'): ModelFailure => ({
    ...{ kind: 'access', concerns, message: `${ACCESS[as]} (${status}): ${reason}`, billed },
  });
  switch (status) {
    case 401:
    case 402:
      return access(status, NO_MODEL.test(reason) ? 'model' : 'account');
    case 403:
    case 404:
      return access(status, 'model');
    // 408 (timeout), 409 (conflict), 424 (Bedrock's model failed), 429 and all of 5xx are transient.
    case 408:
    case 409:
    case 424:
    case 429:
      return busy(status, reason, headers, billed);
    case 413:
      return { kind: 'context', message: tooLong(status, reason), billed };
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return { kind: 'access', concerns: 'account', message: redirected(status, headers), billed };
    default:
      if (status >= 500) return busy(status, reason, headers, billed);
      if (NO_MONEY.test(reason)) return access(402, 'account');
      if (NO_CREDENTIALS.test(reason)) return access(401, 'account');
      if (NO_MODEL.test(reason)) return access(404, 'model');
      if (TOO_LONG.test(reason)) return { kind: 'context', message: tooLong(status, reason), billed };
      return { kind: 'request', message: `The model refused the request (${status}): ${reason}`, billed };
  }
}

/** A redirect is not followed: the key would go to an address that nobody has set. */
function redirected(status: number, headers: Headers | undefined): string {
  const location = headers?.get('location') ?? '';
  const target = location === '' ? 'another address' : providerWords(location);
  return `The model's address is redirected to ${target} (${status}). Set the address at which the API itself answers`;
}

function busy(status: number, reason: string, headers: Headers | undefined, billed: Billed): ModelFailure {
  return {
    kind: 'busy',
    message: `The model answered ${status}: ${reason}`,
    retryAfterMs: retryAfter(headers),
    status,
    slowsFleet: status === 429 || status === OVERLOADED,
    billed,
  };
}

/** The reason of the wait for a call that failed in a way that passes by itself. Pure. */
export function waitReasonOf(
  failure:
    | Pick<Extract<ModelFailure, { kind: 'busy' }>, 'kind' | 'status'>
    | Pick<Extract<ModelFailure, { kind: 'connection' }>, 'kind' | 'billed'>,
): WaitReason {
  if (failure.kind === 'connection') return failure.billed === 'no' ? 'unreachable' : 'broken';
  if (failure.status === 429) return 'rate_limited';
  return failure.status === OVERLOADED ? 'overloaded' : 'busy';
}

/** The status of the Anthropic API for an overload. */
const OVERLOADED = 529;

const ACCESS = {
  401: "The model's API does not accept the key",
  402: "The model's account has no money left",
  403: 'The key may not do this',
  404: 'There is no such model, or no Messages API at this address (which ends before /v1)',
} as const;

function tooLong(status: number, reason: string): string {
  return `The conversation no longer fits into the model (${status}): ${reason}`;
}

/** Messages with a 400 when the credit, or a limit that the account's owner has set, is used up. */
const NO_MONEY = /credit balance|API usage limits/i;

/** Messages with a 400 of AWS about credentials that are expired or incomplete. */
const NO_CREDENTIALS = /security token|request signature|signature expired/i;

/**
 * Messages of the clouds with a 400 when the model is not to be had: its id is wrong, it is not offered in this region or to
 * this account, or only through a profile. And LiteLLM's with a 401 when the key may not use the model.
 */
const NO_MODEL =
  /model identifier is invalid|on-demand throughput isn.t supported|not (?:available|supported|servable|enabled) (?:in|for) (?:(?:this|your|the) )?(?:region|location|account|project)|access to (?:the|this) model|not allowed to access model/i;

/** Messages with a 400 of the API and compatible servers when the request exceeds the model's context. */
const TOO_LONG =
  /(?:prompt|input) is too long|exceeds? (?:the )?(?:model's )?(?:maximum |available )?context|context (?:length|window)/i;

/** The message with a 400 when thinking that is sent back follows another prompt than the one that it answered. */
const PREFIX_MISMATCH = /bound to a different conversation/i;

/** Whether the API refused a request, before it began to answer, because of thinking from another conversation. */
export function isPrefixMismatch(error: unknown): boolean {
  if (!isApiError(error)) return false;
  const { status, body } = partsOf(error);
  return status === 400 && PREFIX_MISMATCH.test(reasonOf(body));
}

/** The HTTP status that belongs to a type of error, of the Messages API or of Bedrock's event stream. */
function statusOfType(type: unknown): number {
  switch (type) {
    case 'invalid_request_error':
    case 'validationException':
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
    case 'modelTimeoutException':
      return 408;
    case 'modelStreamErrorException':
      return 424;
    case 'rate_limit_error':
    case 'throttlingException':
      return 429;
    case 'serviceUnavailableException':
      return 503;
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

interface ApiError extends Error {
  readonly status: unknown;
  readonly headers: unknown;
  readonly error: unknown;
}

/** Whether it is an error of an SDK, by its form: that of a cloud may bring its own copy of the classes. */
function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && 'status' in error && 'headers' in error && 'error' in error;
}

/** The parts of an API error. The SDK does not type them, so each is checked before it is used. */
function partsOf(error: ApiError): ErrorParts {
  return {
    status: error.status,
    headers: error.headers instanceof Headers ? error.headers : undefined,
    body: error.error,
  };
}

/** The provider's error message without its JSON, cut to one line. */
function reasonOf(body: unknown): string {
  const error = unwrapError(body);
  // Some of AWS's services write `Message`.
  const message = typeof error === 'string' ? error : (field(error, 'message') ?? field(error, 'Message'));
  return providerWords(typeof message === 'string' && message !== '' ? message : 'no reason given');
}

/** A provider's text on one line, bounded, without this process's own secrets. */
export function providerWords(text: string): string {
  // Redact before the text is cut: half of a key would not be recognized.
  return redactOwnSecrets(text.replaceAll(/\s+/g, ' ')).slice(0, MAX_REASON);
}
const MAX_REASON = 300;

function unwrapError(body: unknown): unknown {
  // Google answers a request for a stream with a list.
  const whole: unknown = Array.isArray(body) ? body[0] : body;
  return field(whole, 'error') ?? whole;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** Longest `retry-after` that is respected. A longer one is taken for a mistake of the provider. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Reads `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, section 10.2.3); null when there is none, or no
 * time to wait. The pause then grows with each try; and Temporal takes a pause of nothing for "do not try again".
 */
export function retryAfter(headers: Headers | undefined, now = Date.now()): number | null {
  const inMs = headers?.get('retry-after-ms') ?? '';
  const ms = Number(inMs);
  if (inMs !== '' && Number.isFinite(ms) && ms > 0) return withinLimit(ms);
  const text = headers?.get('retry-after');
  if (text === null || text === undefined || text === '') return null;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) && wait > 0 ? withinLimit(wait) : null;
}

/** In whole milliseconds, which Temporal counts in. */
const withinLimit = (ms: number): number => Math.min(Math.ceil(ms), LONGEST_WAIT_MS);
