import {
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import { SECURITY_HEADERS } from '../middleware/security-headers.js';
import { splitTarget } from '../request-target.js';

/** What the UI's server may see of a request. Everything else, such as Host and Origin, is between us and the client. */
const REQUEST_HEADERS = [
  'accept',
  'accept-encoding',
  'accept-language',
  'caller-type',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'x-csrf-token',
] as const;
/** What a client may see of its response. */
const RESPONSE_HEADERS = [
  'content-encoding',
  'content-length',
  'content-type',
  'etag',
  'last-modified',
  'set-cookie',
  'vary',
] as const;

/**
 * The UI's page allows its own inline scripts by their hashes, and shows Markdown in frames of its own; nothing may come
 * from another origin. A codec server runs on this machine, at a port that its user chooses.
 */
const UI_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; " +
  "connect-src 'self' http://127.0.0.1:* http://localhost:*; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

/** Their names hold a hash of their content. */
const IMMUTABLE = '/_app/immutable/';
const SETTINGS = '/api/v1/settings';

export interface ForwardOptions {
  /** The Unix socket of the UI's server. */
  readonly socket: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** The cookies without ours. */
  readonly cookies: string;
  readonly body: string;
  /** The UI's server does not answer. */
  readonly onError: () => void;
}

/** Passes a request on to the UI's server, and its response back. */
export function forwardRequest(options: ForwardOptions): void {
  const { socket, incoming, outgoing, cookies, body, onError } = options;
  const target = incoming.url ?? '/';
  const { path } = splitTarget(target);
  const isSettings = path === SETTINGS;
  const headers: OutgoingHttpHeaders = {
    ...pick(incoming.headers, REQUEST_HEADERS),
    host: 'localhost',
    ...(cookies !== '' && { cookie: cookies }),
    ...(body !== '' && { 'content-length': Buffer.byteLength(body) }),
  };
  // The settings are changed on the way, so they must come uncompressed.
  if (isSettings) delete headers['accept-encoding'];
  const asked = request({ socketPath: socket, path: target, method: incoming.method, headers, agent: false });
  outgoing.once('close', () => asked.destroy());
  asked.on('error', onError);
  asked.on('response', (response) => {
    const status = response.statusCode ?? 502;
    const kept = {
      ...SECURITY_HEADERS,
      // Both hold where the UI has a policy too, as for the Markdown that it shows.
      'Content-Security-Policy': [UI_POLICY, response.headers['content-security-policy'] ?? []].flat(),
      ...(path.startsWith(IMMUTABLE) && { 'Cache-Control': 'private, max-age=31536000, immutable' }),
      ...pick(response.headers, RESPONSE_HEADERS),
    };
    if (isSettings && status === 200) {
      text(response).then((given) => {
        const settings = withoutWriteActions(given);
        outgoing.writeHead(status, { ...kept, 'content-length': Buffer.byteLength(settings) });
        outgoing.end(incoming.method === 'HEAD' ? '' : settings);
      }, onError);
      return;
    }
    outgoing.writeHead(status, kept);
    // An error ends both; the client sees that the response is not complete.
    pipeline(response, outgoing, () => undefined);
  });
  asked.end(body);
}

/** Hides the UI's buttons for what is refused here. */
function withoutWriteActions(settings: string): string {
  if (settings === '') return settings;
  const parsed: unknown = JSON.parse(settings);
  return JSON.stringify({ ...Object(parsed), DisableWriteActions: true });
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}
