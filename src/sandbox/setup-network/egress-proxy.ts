/**
 * The HTTP proxy through which set-up commands reach the network. It listens on a Unix socket that only one sandbox
 * sees, resolves names itself, and connects only to addresses that it has checked.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { lookup as lookUpHost } from 'node:dns/promises';
import { once } from 'node:events';
import {
  createServer,
  request as sendRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, Socket, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pipeline, type Duplex } from 'node:stream';
import { messageOf } from '../../contract/errors.js';
import { proxyAuthorization } from '../../shared/network/proxies.js';
import {
  describeRefusal,
  describeTarget,
  findRefusal,
  isAllowed,
  parseAuthority,
  targetOf,
  upstreamFor,
  type EgressRules,
  type Target,
} from './egress-rules.js';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** What a test replaces. */
export interface EgressNetwork {
  lookup(host: string): Promise<readonly Address[]>;
  connect(target: Target, addresses: readonly Address[]): Socket;
  /** How long the owner's proxy may take to open a tunnel, in ms. */
  readonly tunnelLimitMs: number;
  /** See FAILURES_IN_A_ROW, in ms. */
  readonly failingMs: number;
}

export interface EgressProxy {
  /** Sentences about refused connections, each once. */
  readonly refusals: ReadonlySet<string>;
  /** Why so many connections in a row failed that the command goes round in circles; null while it may succeed. */
  readonly failing: () => string | null;
  /** Ends all connections. */
  close(): Promise<void>;
}

const REAL_NETWORK: EgressNetwork = {
  lookup: (host) => lookUpHost(host, { all: true }),
  connect: ({ host, port }, addresses) => connect({ host, port, lookup: pin(addresses) }),
  // A proxy answers once it has connected to the target. Linux gives up on a connection after 127 seconds, and the proxy
  // then says so.
  tunnelLimitMs: 150_000,
  failingMs: 20_000,
};

/** npm opens 15 connections to a host, Go and cargo some tens. Each takes two sockets of this process. */
const MAX_CONNECTIONS = 256;
/** Cookies and long URLs fit. It is also Node's default. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Headers are sent at once by every package manager. */
const HEADERS_TIMEOUT_MS = 30_000;
/** A registry that first builds an archive may be silent for minutes. The command's own time limit ends everything. */
const IDLE_MS = 5 * 60_000;
/** A command that tries every address must not fill the log. */
const MAX_REFUSALS = 20;

/**
 * So many connections fail in a row, for so long, until a command goes round in circles. npm connects some 500 times a second,
 * and never ends, when a proxy refuses many packages at once. What gives up by itself has mostly done so by then, or waits.
 */
const FAILURES_IN_A_ROW = 100;

/** The name of the socket in its folder. */
export const EGRESS_SOCKET = 'egress';

/** Starts the proxy for one command, on a socket in `folder`, which only this user may enter. */
export async function startEgressProxy(
  folder: string,
  rules: EgressRules,
  network = REAL_NETWORK,
): Promise<EgressProxy> {
  const proxy = new Proxy(rules, network);
  const socket = await proxy.listen(folder);
  return { refusals: proxy.refusals, failing: () => proxy.failing(), close: () => proxy.close(socket) };
}

/** How a request goes on: refused, to one of the checked addresses, or to the owner's own proxy. */
type Route =
  | { readonly kind: 'refused'; readonly status: 403 | 502; readonly text: string }
  | { readonly kind: 'direct'; readonly addresses: readonly Address[] }
  | { readonly kind: 'upstream'; readonly url: URL };

class Proxy {
  readonly refusals = new Set<string>();
  readonly #server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // A large upload may take as long as the command.
    requestTimeout: 0,
  });
  readonly #sockets = new Set<Duplex>();
  /** The failures since the last connection that worked; `since` is a time of `performance.now`. */
  #failures: { readonly inARow: number; readonly since: number; readonly last: string } = NO_FAILURES;

  constructor(
    private readonly rules: EgressRules,
    private readonly network: EgressNetwork,
  ) {
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.timeout = IDLE_MS;
    this.#server.on('request', (request, response) => void this.#forward(request, response));
    this.#server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
      this.#keep(client);
      void this.#tunnel(request.url ?? '', client, head);
    });
  }

  /** @returns the descriptor of the folder, through which the socket has a short path: 107 bytes are the limit */
  async listen(folder: string): Promise<number> {
    const descriptor = openSync(folder, 'r');
    try {
      this.#server.listen(`/proc/self/fd/${descriptor}/${EGRESS_SOCKET}`);
      await once(this.#server, 'listening');
      // The command may run as another user. The folder keeps everyone else out.
      chmodSync(join(folder, EGRESS_SOCKET), 0o666);
      return descriptor;
    } catch (error) {
      this.#server.close();
      closeSync(descriptor);
      throw error;
    }
  }

  failing(): string | null {
    const { inARow, since, last } = this.#failures;
    const isLong = performance.now() - since >= this.network.failingMs;
    return inARow >= FAILURES_IN_A_ROW && isLong ? last : null;
  }

  async close(descriptor: number): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    closeSync(descriptor);
  }

  /** Keeps a socket until it closes. A broken connection is the command's problem, not this process's. */
  #keep<Kept extends Duplex>(socket: Kept): Kept {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  /** Answers `CONNECT host:port`, which HTTPS uses. */
  async #tunnel(authority: string, client: Duplex, head: Buffer): Promise<void> {
    const target = parseAuthority(authority);
    const remote = target === null ? invalid(authority) : await this.#open(target);
    if (!(remote instanceof Socket)) {
      client.end(rawResponse(this.#failed(remote)));
      return;
    }
    this.#failures = NO_FAILURES;
    if (client.destroyed) {
      remote.destroy();
      return;
    }
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    remote.write(head);
    pipeline(client, remote, () => undefined);
    pipeline(remote, client, () => undefined);
  }

  /** Opens a connection, through the owner's proxy if there is one. */
  async #open(target: Target): Promise<Socket | Refused> {
    const route = await this.#findRoute(target, true);
    if (route.kind === 'refused') return route;
    try {
      const keep = (opened: Socket) => this.#keep(opened);
      const socket =
        route.kind === 'direct'
          ? keep(this.network.connect(target, route.addresses))
          : await openThroughProxy(route.url, target, this.network.tunnelLimitMs, keep);
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      if (socket.connecting) await once(socket, 'connect');
      return socket;
    } catch (error) {
      return unreachable(target, messageOf(error));
    }
  }

  /** Answers a request for a `http:` URL. */
  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
    if (url?.protocol !== 'http:') {
      respond(response, invalid(request.url ?? ''));
      return;
    }
    const target = targetOf(url);
    const route = await this.#findRoute(target, false);
    if (route.kind === 'refused') {
      respond(response, this.#failed(route));
      return;
    }
    const headers = { ...endToEnd(request.headers), host: url.host };
    const options: RequestOptions =
      route.kind === 'direct'
        ? {
            path: `${url.pathname}${url.search}`,
            headers,
            createConnection: () => this.network.connect(target, route.addresses),
          }
        : {
            ...proxyAddress(route.url),
            path: url.href,
            agent: false,
            headers: { ...headers, ...proxyAuthorization(route.url) },
          };
    const sent = sendRequest({ ...options, method: request.method, timeout: IDLE_MS });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (error) => respond(response, this.#failed(unreachable(target, messageOf(error)))));
    sent.on('response', (answer) => {
      this.#failures = NO_FAILURES;
      try {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      } catch (error) {
        // Node reads answers that it refuses to write, such as one with status 99.
        respond(response, unreachable(target, messageOf(error)));
        return;
      }
      pipeline(answer, response, () => undefined);
    });
    response.once('close', () => sent.destroy());
    pipeline(request, sent, () => undefined);
  }

  async #findRoute(target: Target, tunnel: boolean): Promise<Route> {
    const allowed = isAllowed(this.rules, target);
    const upstream = upstreamFor(this.rules, target, tunnel);
    let addresses: readonly Address[] = [];
    try {
      addresses = await this.#resolve(target.host);
    } catch (error) {
      // Behind a proxy, names of the Internet may be unknown here.
      if (upstream === null) return unreachable(target, messageOf(error));
    }
    const texts = addresses.map(({ address }) => address);
    const reason = allowed ? null : findRefusal(target, texts, ownAddresses());
    if (reason !== null) return this.#refuse(target, reason);
    return upstream === null ? { kind: 'direct', addresses } : { kind: 'upstream', url: upstream };
  }

  async #resolve(host: string): Promise<readonly Address[]> {
    const family = isIP(host);
    return family === 0 ? await this.network.lookup(host) : [{ address: host, family }];
  }

  #failed(refused: Refused): Refused {
    const { inARow, since } = this.#failures;
    this.#failures = {
      inARow: inARow + 1,
      since: inARow === 0 ? performance.now() : since,
      last: refused.text,
    };
    return refused;
  }

  #refuse(target: Target, reason: string): Route {
    const text = describeRefusal(target, reason);
    if (this.refusals.size < MAX_REFUSALS) this.refusals.add(text);
    return { kind: 'refused', status: 403, text };
  }
}

const NO_FAILURES = { inARow: 0, since: 0, last: '' } as const;

type Refused = Extract<Route, { kind: 'refused' }>;

function unreachable(target: Target, reason: string): Refused {
  return { kind: 'refused', status: 502, text: `Could not connect to ${describeTarget(target)}: ${reason}` };
}

function invalid(what: string): Refused {
  const text = `The setup command has HTTP and HTTPS only, so this request was refused: ${what}`;
  return { kind: 'refused', status: 403, text };
}

function rawResponse({ status, text }: Refused): string {
  const phrase = status === 403 ? 'Refused by Leadwright' : 'Bad Gateway';
  const body = `${text}\n`;
  return `HTTP/1.1 ${status} ${phrase}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function respond(response: ServerResponse, { status, text }: Refused): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { connection: 'close' }).end(`${text}\n`);
}

/** Makes a connection use the given addresses, without another DNS lookup. */
function pin(addresses: readonly Address[]): LookupFunction {
  return (host, { all }, found) => {
    const [first] = addresses;
    if (all === true) found(null, [...addresses]);
    else if (first === undefined) found(new Error(`${host} has no address`), '');
    else found(null, first.address, first.family);
  };
}

/** This machine's addresses, of which some may be public. */
function ownAddresses(): ReadonlySet<string> {
  return new Set(
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
  );
}

/** Headers for one connection only (RFC 9110, 7.6.1), and those for this proxy. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

const proxyAddress = (url: URL) => ({ host: url.hostname, port: Number(url.port || 80) });

/**
 * Opens a tunnel through the owner's proxy.
 * @param onSocket gets the connection before the proxy has answered: it may never do so
 * @throws when the proxy refuses the tunnel, or does not answer within the limit
 */
async function openThroughProxy(
  proxy: URL,
  target: Target,
  limitMs: number,
  onSocket: (socket: Socket) => void,
): Promise<Socket> {
  const path = describeTarget(target);
  const headers = { host: path, ...proxyAuthorization(proxy) };
  const options = { ...proxyAddress(proxy), method: 'CONNECT', path, headers, agent: false };
  const sent = sendRequest({ ...options, timeout: limitMs });
  sent.once('socket', onSocket);
  return await new Promise((resolve, reject) => {
    sent.once('timeout', () => sent.destroy(new Error(`the proxy ${proxy.host} did not answer`)));
    sent.once('error', reject);
    sent.once('response', (answer) => {
      answer.destroy();
      reject(new Error(`the proxy answered ${answer.statusCode ?? 0}`));
    });
    sent.once('connect', (answer, socket, head) => {
      if (answer.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answered ${answer.statusCode ?? 0}`));
    });
    sent.end();
  });
}
