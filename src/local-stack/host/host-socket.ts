import { createServer, type Socket } from 'node:net';
import { listenOnSocket } from '../../shared/network/listen.js';
import {
  clientMessage,
  encodeMessage,
  messageReader,
  type ClientMessage,
  type HostMessage,
} from './host-protocol.js';

/** A connected command. */
export interface HostClient {
  send(message: HostMessage): void;
}

/** A message of a client that has named the host's own home. */
export type ClientRequest = Exclude<ClientMessage, { readonly type: 'home' }>;

export interface HostSocketHandlers {
  message(client: HostClient, message: ClientRequest): void;
  /** The client closed its connection, or died. */
  disconnected(client: HostClient): void;
}

/** The host's Unix socket, for its owner only. */
export interface HostSocket {
  /** Accepts no new clients; connected ones stay. */
  close(): void;
  /** Disconnects all clients, for which this means that all processes of the stack have ended. */
  disconnectAll(): void;
}

/**
 * Listens on the socket. Only for the owner of the host's lock, because an earlier socket is removed.
 * @param home the real path of the home that is served
 */
export async function openHostSocket(
  path: string,
  home: string,
  handlers: HostSocketHandlers,
): Promise<HostSocket> {
  const connected = new Set<Socket>();
  const server = createServer((socket) => {
    connected.add(socket);
    socket.once('close', () => connected.delete(socket));
    serveClient(socket, home, handlers);
  });
  await listenOnSocket(server, path);
  return {
    close: () => {
      server.close();
    },
    disconnectAll: () => {
      for (const socket of connected) socket.destroy();
    },
  };
}

function serveClient(socket: Socket, home: string, handlers: HostSocketHandlers): void {
  const client: HostClient = {
    send: (message) => {
      if (socket.writable) socket.write(encodeMessage(message));
    },
  };
  const read = messageReader(clientMessage);
  let isOfThisHome = false;
  const receive = (message: ClientMessage): void => {
    if (message.type !== 'home') {
      if (!isOfThisHome) throw new Error('the client has not named its home');
      handlers.message(client, message);
      return;
    }
    isOfThisHome = message.home === home;
    client.send(isOfThisHome ? { type: 'welcome' } : otherHome(home, message.home));
  };
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    try {
      read(text).forEach(receive);
    } catch {
      // The client is another version, or another program. No reply would make sense to it.
      socket.destroy();
    }
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    handlers.disconnected(client);
  });
}

function otherHome(own: string, theirs: string): HostMessage {
  return {
    type: 'failed',
    message: `The stack that answers is that of LEADWRIGHT_HOME ${own}, not of ${theirs}.`,
    fix: `Set LEADWRIGHT_HOME to ${own}, or end that stack (\`leadwright down\` with that LEADWRIGHT_HOME) and try again.`,
  };
}
