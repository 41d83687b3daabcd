/**
 * The embedded Temporal server's UI behind the dashboard's sign-in. It has a port of its own, so that its pages, which
 * show what models wrote, are of another origin than the dashboard with its token.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { messageOf } from '../../contract/errors.js';
import { freePort } from '../../shared/network/free-port.js';
import { baseUrl } from '../../shared/network/listen-address.js';
import { listen } from '../../shared/network/listen.js';
import { readBody } from '../../shared/network/read-body.js';
import type { Token } from '../../shared/network/token.js';
import { accessChecks, type AccessChecks } from '../access-checks.js';
import { Connections } from '../connections.js';
import { createHardenedServer } from '../hardened-server.js';
import { SECURITY_HEADERS } from '../middleware/security-headers.js';
import { refusalResponse, type Refusal } from '../refusal.js';
import { refuseSocket } from '../refuse-socket.js';
import { firstRefusal } from '../request-check.js';
import { splitTarget } from '../request-target.js';
import type { ServerLimits } from '../server-limits.js';
import { forwardRequest } from './forward-request.js';
import { refuseWrites } from './read-only.js';
import { onwardPage, signInPage, type Page } from './sign-in-page.js';
import { SESSION_SECONDS, UiSessions } from './ui-sessions.js';

export interface TemporalUiOptions {
  /** The Unix socket of the UI's own server. */
  readonly socket: string;
  /** The port to use if it is free. */
  readonly port: number | undefined;
  readonly token: Token;
  readonly limits: ServerLimits;
  readonly log: Logger;
}

export interface RunningTemporalUi {
  readonly url: string;
  /** A code that signs in once: any page of the UI with `?code=…`. */
  issueCode(): string;
  close(): void;
}

/** Only this machine: other machines reach the dashboard through a proxy that knows nothing of this port. */
const HOST = '127.0.0.1';
/** The form's token and path, and the few arguments of a query. */
const MAX_BODY_BYTES = 64 * 1024;
const SIGN_IN = '/sign-in';

/** Serves the Temporal UI on a port of its own. */
export async function startTemporalUi(options: TemporalUiOptions): Promise<RunningTemporalUi> {
  const { token, limits, log } = options;
  const server = createHardenedServer();
  const connections = new Connections(server, limits);
  const onSignIn = ({ socket }: IncomingMessage) => connections.signedIn(socket);
  const port = await listen(server, HOST, await freePort(options.port));
  const checks = accessChecks({ listenHost: HOST, hosts: [], token: token.value, limits, onSignIn });
  const ui = new TemporalUi({ ...options, checks, onSignIn, cookie: `leadwright_temporal_ui_${port}` });
  server.on('request', (incoming, outgoing) => {
    ui.handle(incoming, outgoing).catch((error: unknown) => {
      log.error(`A request to the Temporal UI failed: ${messageOf(error)}`);
      refuse(incoming, outgoing, { status: 500, detail: 'Something went wrong here.' });
    });
  });
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => undefined);
    refuseSocket(socket, { status: 404, detail: 'There is no WebSocket here.' });
  });
  server.on('error', (error) => log.error(`The server of the Temporal UI: ${messageOf(error)}`));
  return {
    url: baseUrl(HOST, port),
    issueCode: () => ui.sessions.issueCode(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Handling extends TemporalUiOptions {
  readonly checks: AccessChecks;
  /** Called with each request of a session. */
  readonly onSignIn: (request: IncomingMessage) => void;
  /** Named by the port, because a browser sends the cookies of all ports of a host. */
  readonly cookie: string;
}

class TemporalUi {
  readonly sessions = new UiSessions();

  constructor(private readonly options: Handling) {}

  async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { requestRate, host, origin } = this.options.checks;
    const refusal = firstRefusal(incoming, [host, origin]);
    if (refusal !== null) {
      refuse(incoming, outgoing, refusal);
      return;
    }
    const { path, query } = splitTarget(incoming.url ?? '/');
    if (path === SIGN_IN && incoming.method === 'POST') {
      await this.#signIn(incoming, outgoing);
      return;
    }
    const code = query.get('code');
    if (code !== null && incoming.method === 'GET' && this.sessions.useCode(code)) {
      query.delete('code');
      this.#welcome(outgoing, ownPath(query.size === 0 ? path : `${path}?${query.toString()}`));
      return;
    }
    if (!this.#isSignedIn(incoming)) {
      // Only here: the whole machine is one address, and a stranger must not use up the rate of a person who signs in.
      const tooMany = requestRate(incoming);
      if (tooMany === null) askToSignIn(incoming, outgoing);
      else refuse(incoming, outgoing, tooMany);
      return;
    }
    this.options.onSignIn(incoming);
    await this.#forward(incoming, outgoing);
  }

  /** Handles the form of the sign-in page. */
  async #signIn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readWhole(incoming, outgoing);
    if (body === null) return;
    const form = new URLSearchParams(body);
    const next = ownPath(form.get('next') ?? '/');
    const refusal = this.options.checks.givenToken(incoming, form.get('token') ?? '');
    if (refusal === null) this.#welcome(outgoing, next);
    else {
      const problem = refusal.status === 401 ? 'That token is not the right one.' : refusal.detail;
      sendPage(outgoing, refusal.status, signInPage(next, problem));
    }
  }

  #welcome(outgoing: ServerResponse, next: string): void {
    const session = `${this.options.cookie}=${this.sessions.open()}`;
    outgoing.setHeader(
      'Set-Cookie',
      `${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_SECONDS}`,
    );
    sendPage(outgoing, 200, onwardPage(next));
  }

  #isSignedIn({ headers }: IncomingMessage): boolean {
    const own = cookiesOf(headers.cookie).find(({ name }) => name === this.options.cookie);
    return own !== undefined && this.sessions.isOpen(own.value);
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const refusal = refuseWrites(incoming);
    if (refusal !== null) {
      refuse(incoming, outgoing, refusal);
      return;
    }
    const body = incoming.method === 'POST' ? await readWhole(incoming, outgoing) : '';
    if (body === null) return;
    forwardRequest({
      ...{ socket: this.options.socket, incoming, outgoing, body },
      // The cookie of the UI's own protection against forged requests. No other program's cookies, and not ours.
      cookies: cookiesOf(incoming.headers.cookie)
        .filter(({ name }) => name === '_csrf')
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
      onError: () =>
        refuse(incoming, outgoing, {
          status: 503,
          detail: 'The Temporal server does not answer; it may be restarting.',
        }),
    });
  }
}

/** A page for a person, and a problem document for everything else. */
function askToSignIn(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const isPage = incoming.method === 'GET' && (incoming.headers.accept ?? '').includes('text/html');
  if (isPage) sendPage(outgoing, 401, signInPage(ownPath(incoming.url ?? '/'), ''));
  else refuse(incoming, outgoing, { status: 401, detail: 'Sign in first: open this address in a browser.' });
}

/** A path of this server: never one that a browser takes for an address elsewhere, such as `//host`. */
function ownPath(path: string): string {
  return /^\/(?![/\\])/.test(path) ? path : '/';
}

/** The body, or null when it was refused. */
async function readWhole(incoming: IncomingMessage, outgoing: ServerResponse): Promise<string | null> {
  try {
    return await readBody(incoming, MAX_BODY_BYTES);
  } catch {
    refuse(incoming, outgoing, { status: 413, detail: 'The body is too long, or did not arrive whole.' });
    return null;
  }
}

function cookiesOf(header: string | undefined): { readonly name: string; readonly value: string }[] {
  return (header ?? '').split(';').map((part) => {
    const [name = '', ...value] = part.trim().split('=');
    return { name, value: value.join('=') };
  });
}

function sendPage(outgoing: ServerResponse, status: number, { body, policy }: Page): void {
  outgoing.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Security-Policy': policy,
    // With no referrer at all, the form would come from the origin `null`, which is refused.
    'Referrer-Policy': 'same-origin',
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  outgoing.end(body);
}

function refuse({ method }: IncomingMessage, outgoing: ServerResponse, refusal: Refusal): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const { body, headers } = refusalResponse(refusal);
  outgoing.writeHead(refusal.status, { ...SECURITY_HEADERS, ...headers });
  outgoing.end(method === 'HEAD' ? '' : body);
}
