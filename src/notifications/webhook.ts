/** Posting to a webhook: to the address that was checked and to no other, and nowhere from there. */
import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { messageOf } from '../contract/errors.js';
import { isPublicAddress } from './public-address.js';

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether it may be in a local network. */
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
  /** Certificates to trust instead of the usual ones. */
  readonly ca?: string;
}

interface Address {
  readonly address: string;
  readonly family: number;
}

/** From the look-up of the name to the end of the answer. A receiver that needs longer does its work later. */
const LIMIT_MS = 10_000;

/** Nobody reads what a webhook answers; a short answer is let end, so that its sender sees no broken connection. */
const ANSWER_BYTES = 64 * 1024;

/** Posts once. Null when it was taken, else why not, in a sentence that names no more of the URL than its host. */
export async function postWebhook(wanted: WebhookRequest): Promise<string | null> {
  const url = new URL(wanted.url);
  const signal = AbortSignal.any([wanted.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const addresses = await resolveAddresses(url, signal);
    const refused = wanted.allowPrivate
      ? undefined
      : addresses.find(({ address }) => !isPublicAddress(address));
    if (refused !== undefined) return describeLocalAddress(url, refused);
    const [pinned] = addresses;
    if (pinned === undefined) return `${url.host} has no address`;
    return describeStatus(url, await send(url, wanted, pinned, signal));
  } catch (error) {
    wanted.signal.throwIfAborted();
    return `${url.host} could not be told: ${signal.aborted ? `no answer within ${LIMIT_MS / 1000} s` : messageOf(error)}`;
  }
}

function describeLocalAddress(url: URL, { address }: Address): string {
  return `${url.host} is not told: ${address} is not an address of the public Internet. LEADWRIGHT_WEBHOOK_PRIVATE=allow lets it`;
}

function describeStatus(url: URL, status: number): string | null {
  if (status >= 200 && status < 300) return null;
  const redirect = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
  return `${url.host} answered ${status}${redirect}`;
}

/** All addresses of the host, looked up once: that is what is checked, and where it is sent. */
async function resolveAddresses(url: URL, signal: AbortSignal): Promise<readonly Address[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  return Promise.race([lookup(host, { all: true }), rejectOnAbort(signal)]);
}

/** Rejects when the signal does: a look-up itself cannot be called off. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it took too long')), { once: true });
  });
}

/** Sends it to that address, whatever the name says by then; the certificate is still the name's. */
function send(
  url: URL,
  { headers, body, ca }: WebhookRequest,
  pinned: Address,
  signal: AbortSignal,
): Promise<number> {
  const pin: LookupFunction = (_host, { all }, found) => {
    if (all === true) found(null, [pinned]);
    else found(null, pinned.address, pinned.family);
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      // An agent of its own: no connection is shared, and no proxy of the environment is used.
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: false,
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
  // What was answered counts by its status, however its body ends.
  answer.on('error', () => undefined);
}
