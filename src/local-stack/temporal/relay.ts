/**
 * The relay: a process beside the embedded Temporal server, with it in a network namespace that nobody else can enter.
 * It is the only way to the server. Clients come as connections from the host's loopback port and have to prove, by
 * mutual TLS, that they can read the home's key files. The Temporal UI is served at a Unix socket in the home.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, Socket } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { redactedLog } from '../../redaction/redacted-log.js';
import { relayStart, type RelayStart, type RelayStarted } from './relay-protocol.js';

/** A client on this machine completes its handshake in milliseconds. One that does not is hostile, or hangs. */
const HANDSHAKE_MS = 5_000;
/** A worker and each command have one or two. Beyond that somebody tries to use up this process's memory. */
const MAX_CONNECTIONS = 1_000;
/** The server ends in little more than a second. Its file survives a SIGKILL. */
const STOP_GRACE_MS = 3_000;

/** Runs the server until it or the host ends. @returns the exit code for this process */
export async function runRelay(): Promise<number> {
  // The server's database is for its owner only; so is the socket, also before anybody could change its mode.
  process.umask(0o077);
  const messages: readonly unknown[] = await once(process, 'message');
  const start = relayStart.parse(messages[0]);
  const clients = serveClients(start);
  process.on('message', (_message, connection) => {
    if (connection instanceof Socket) clients.accept(connection);
  });
  await serveUi(start);
  const [program, ...args] = start.command;
  // Both its streams go to the log: what it prints must not come before this process's own first line on stdout.
  const server = spawn(program, args, { stdio: ['ignore', 2, 2] });
  const ended = endOf(server);
  reportStarted(server);
  for (const event of ['disconnect', 'SIGTERM', 'SIGINT']) process.once(event, () => stop(server));
  // The host may have ended before anybody listened for it.
  if (!process.connected) stop(server);
  return ended;
}

function reportStarted({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  const started: RelayStarted = { serverPid: pid };
  // For the host, which reads this stream: a number.
  process.stdout.write(`${JSON.stringify(started)}\n`);
}

function endOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    server.once('exit', (code) => resolve(code ?? 1));
    server.once('error', (error) => {
      redactedLog.write(`error: ${error.message}\n`);
      resolve(1);
    });
  });
}

function stop(server: ChildProcess): void {
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), STOP_GRACE_MS).unref();
}

/** Serves gRPC to clients that have the keys. */
function serveClients({ tls, grpcPort }: RelayStart): { accept(connection: Socket): void } {
  const open = new Set<Socket>();
  const server: TlsServer = createTlsServer(
    {
      cert: tls.certificate,
      key: tls.key,
      ca: tls.authority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      // gRPC clients insist on it.
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_MS,
    },
    (client) => forward(client, grpcPort),
  );
  server.on('tlsClientError', (_error, client) => client.destroy());
  return {
    accept: (connection) => {
      connection.on('error', () => connection.destroy());
      if (open.size >= MAX_CONNECTIONS) {
        connection.destroy();
        return;
      }
      open.add(connection);
      connection.once('close', () => open.delete(connection));
      connection.setNoDelay(true);
      server.emit('connection', connection);
    },
  };
}

async function serveUi({ uiSocket, uiPort }: RelayStart): Promise<void> {
  await rm(uiSocket, { force: true });
  const server = createServer((client) => forward(client, uiPort));
  server.listen(uiSocket);
  await once(server, 'listening');
}

/** Passes bytes in both directions until one side ends. */
function forward(client: Duplex, port: number): void {
  const server = connect({ host: '127.0.0.1', port, noDelay: true });
  // An error, or the end without a goodbye, of one side ends the other. Both report it to their own program.
  pipeline(client, server, () => undefined);
  pipeline(server, client, () => undefined);
}
