import { createServer, type Socket } from 'node:net';
import { listenOnSocket } from '../../shared/listen.js';
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

export interface HostSocketHandlers {
  message(client: HostClient, message: ClientMessage): void;
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

/** Listens on the socket. Only for the owner of the host's lock, because an earlier socket is removed. */
export async function openHostSocket(path: string, handlers: HostSocketHandlers): Promise<HostSocket> {
  const connected = new Set<Socket>();
  const server = createServer((socket) => {
    connected.add(socket);
    socket.once('close', () => connected.delete(socket));
    serveClient(socket, handlers);
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

function serveClient(socket: Socket, handlers: HostSocketHandlers): void {
  const client: HostClient = {
    send: (message) => {
      if (socket.writable) socket.write(encodeMessage(message));
    },
  };
  const read = messageReader(clientMessage);
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    try {
      for (const message of read(text)) handlers.message(client, message);
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
