/** Temporal's remote codec server: decodes payloads for the Temporal UI and the `temporal` command. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { isOurHost } from '../shared/network/listen-address.js';
import { listen } from '../shared/network/listen.js';
import { problemBody } from '../shared/network/problem.js';
import { BodyTooLarge, readBody } from '../shared/network/read-body.js';
import { tokensEqual } from '../shared/network/token.js';

export interface CodecServerOptions {
  readonly codec: PayloadCodec;
  /** The token that `Authorization: Bearer` must contain. */
  readonly token: string;
  /** The origin of the Temporal UI, whose pages may send requests; null for none. */
  readonly ui: string | null;
  readonly port: number;
}

/** It serves this machine only. Other machines need a tunnel. */
const HOST = '127.0.0.1';

/** A page of the UI sends all payloads that it shows. The Temporal server limits each to 2 MB. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** A request takes milliseconds. One that takes this long was abandoned. */
const REQUEST_MS = 30_000;

export interface CodecServer {
  readonly url: string;
  /** The URL for the UI's pages, which cannot send the token. Its path is a key: any program can send the UI's origin. */
  readonly uiUrl: string;
  readonly close: () => Promise<void>;
}

/** Starts the codec server. @throws EnvironmentError when it cannot listen at the port */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const server = createServer((request, response) => void handleRequest(options, request, response));
  server.requestTimeout = REQUEST_MS;
  const port = await listen(server, HOST, options.port).catch((error: unknown) => {
    throw new EnvironmentError(
      `The codec server cannot listen at ${HOST}:${options.port}: ${messageOf(error)}`,
      'End what listens there, or choose another --port.',
      { cause: error },
    );
  });
  const url = `http://${HOST}:${port}`;
  return {
    url,
    uiUrl: `${url}/${pageKey(options.token)}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Thrown to refuse a request with an HTTP status. */
class RefusedRequest extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

async function handleRequest(
  options: CodecServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers;
  response.setHeader('vary', 'origin');
  if (origin !== undefined && origin === options.ui) allowOrigin(response, origin);
  try {
    if (!isOurHost(request.headers.host, HOST))
      throw new RefusedRequest(421, 'The Host header names another server.');
    if (origin !== undefined && origin !== options.ui) {
      throw new RefusedRequest(
        403,
        'This origin is not allowed: start the codec server with --ui and the origin of the Temporal UI.',
      );
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const { key, action } = splitPath(request);
    if (key === null) requireToken(options, request);
    else requirePage(options, request, key);
    const body = await transcodeBody(options.codec, request, action);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  } catch (error) {
    const refused =
      error instanceof RefusedRequest ? error : new RefusedRequest(statusOf(error), messageOf(error));
    // Otherwise the unread part of a refused body would be parsed as the next request.
    response.writeHead(refused.status, { 'content-type': 'application/problem+json', connection: 'close' });
    response.end(problemBody({ status: refused.status, detail: refused.message }));
  }
}

function statusOf(error: unknown): number {
  return error instanceof BodyTooLarge ? 413 : 400;
}

/** Allows requests of the UI's pages (the fetch standard's CORS protocol). */
function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', 'POST');
  response.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization');
  response.setHeader('access-control-allow-credentials', 'true');
}

/** The same for every start, so that the UI keeps it. Derived from the token, which it does not reveal. */
function pageKey(token: string): string {
  return createHmac('sha256', token).update('leadwright codec page').digest('base64url');
}

/** Splits a path into the key of the UI's pages, null when there is none, and `/encode` or `/decode`. */
function splitPath({ url }: IncomingMessage): { readonly key: string | null; readonly action: string } {
  const { pathname } = new URL(url ?? '/', `http://${HOST}`);
  const [, key, action] = /^\/([\w-]{43})(\/.*)$/.exec(pathname) ?? [];
  return key === undefined || action === undefined ? { key: null, action: pathname } : { key, action };
}

function requirePage({ token, ui }: CodecServerOptions, { headers }: IncomingMessage, key: string): void {
  if (ui !== null && headers.origin === ui && tokensEqual(key, pageKey(token))) return;
  throw new RefusedRequest(
    401,
    'Enter the address that `leadwright codec --ui` prints as the UI’s codec server.',
  );
}

function requireToken({ token }: CodecServerOptions, { headers }: IncomingMessage): void {
  const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (given !== undefined && tokensEqual(given, token)) return;
  throw new RefusedRequest(
    401,
    'Send Authorization: Bearer with the token (LEADWRIGHT_TOKEN, or the file token).',
  );
}

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
/** Payloads in protobuf's JSON form. */
const bodySchema = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })),
});

async function transcodeBody(
  codec: PayloadCodec,
  request: IncomingMessage,
  pathname: string,
): Promise<object> {
  if (pathname !== '/encode' && pathname !== '/decode')
    throw new RefusedRequest(404, 'Not found: the paths are /encode and /decode.');
  if (request.method !== 'POST') throw new RefusedRequest(405, 'Use POST.');
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new RefusedRequest(415, 'Send a body of type application/json.');
  }
  const parsed = bodySchema.safeParse(JSON.parse(await readBody(request, MAX_BODY_BYTES)));
  if (!parsed.success) throw new RefusedRequest(400, z.prettifyError(parsed.error));
  const payloads = parsed.data.payloads.map(({ metadata, data }): Payload => ({
    metadata: metadata ?? null,
    data: data ?? null,
  }));
  const coded = await (pathname === '/encode' ? codec.encode(payloads) : codec.decode(payloads));
  return { payloads: coded.map(toJson) };
}

function toJson({ metadata, data }: Payload): object {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, bytes]) => [name, text(bytes)])),
    data: text(data ?? new Uint8Array()),
  };
}
