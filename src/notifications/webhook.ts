/** Posts to a webhook. The request goes only to addresses that were checked, and redirects are not followed. */
import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { messageOf } from '../contract/errors.js';
import { isPublicAddress } from '../shared/network/public-address.js';
import { withoutBrackets } from '../shared/network/web-address.js';

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the receiver may be in a local network. */
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
  /** CA certificates to trust instead of Node's own. */
  readonly ca?: string;
}

interface Address {
  readonly address: string;
  readonly family: number;
}

/** Limit from the DNS lookup to the end of the response. A receiver with more work should respond first. */
const LIMIT_MS = 10_000;

/** Time for the connection to one address before the next is tried. A far one is connected in half a second. */
const CONNECT_MS = 2_000;

/** The response is not used. A short one is read to its end, so that the receiver sees no broken connection. */
const ANSWER_BYTES = 64 * 1024;

/**
 * Posts once.
 * @returns null when the receiver accepted it, else a sentence with the reason, which names only the URL's host
 * @throws the signal's reason once it is aborted
 */
export async function postWebhook(webhook: WebhookRequest): Promise<string | null> {
  const url = new URL(webhook.url);
  const signal = AbortSignal.any([webhook.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const addresses = await resolveAddresses(url, signal);
    const refused = webhook.allowPrivate
      ? undefined
      : addresses.find(({ address }) => !isPublicAddress(address));
    if (refused !== undefined) return describeLocalAddress(url, refused);
    if (addresses.length === 0) return `${url.host} has no address`;
    return describeStatus(url, await send(url, webhook, addresses, signal));
  } catch (error) {
    webhook.signal.throwIfAborted();
    return `${url.host} could not be notified: ${signal.aborted ? `no response within ${LIMIT_MS / 1000} s` : reasonOf(error)}`;
  }
}

/** When no address accepts a connection, Node gives one error without a message, with one for each address. */
function reasonOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
}

function describeLocalAddress(url: URL, { address }: Address): string {
  return `${url.host} was not notified: ${address} is not an address of the public Internet. Set LEADWRIGHT_WEBHOOK_PRIVATE=allow to permit it`;
}

function describeStatus(url: URL, status: number): string | null {
  if (status >= 200 && status < 300) return null;
  const redirect = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
  return `${url.host} answered ${status}${redirect}`;
}

/** Looks up all addresses of the host, once: those that are checked are the ones that are used. */
async function resolveAddresses(url: URL, signal: AbortSignal): Promise<readonly Address[]> {
  const host = withoutBrackets(url.hostname);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  return Promise.race([lookup(host, { all: true }), rejectOnAbort(signal)]);
}

/** Rejects when the signal is aborted, because a DNS lookup cannot be cancelled. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it took too long')), { once: true });
  });
}

/**
 * Sends the request to the first of the given addresses that accepts a connection, without another DNS lookup. The
 * certificate is checked against the name.
 */
function send(
  url: URL,
  { headers, body, ca }: WebhookRequest,
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<number> {
  // With `autoSelectFamily` Node asks for all of them.
  const pin: LookupFunction = (_host, _options, found) => found(null, [...addresses]);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      // An agent of its own, so that no connection is shared and no proxy of the environment is used.
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: new Agent({ autoSelectFamily: true, autoSelectFamilyAttemptTimeout: CONNECT_MS }),
        lookup: pin,
        ca,
        signal,
      },
      (answer) => {
        drain(answer);
        answer.once('close', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

function drain(answer: IncomingMessage): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) answer.destroy();
  });
  // Only the status matters, however the body ends.
  answer.on('error', () => undefined);
}
