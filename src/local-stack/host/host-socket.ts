import { lstat, mkdir } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import {
  clientMessage,
  encodeMessage,
  messageReader,
  type ClientMessage,
  type HostMessage,
} from './host-protocol.js';

/** A command at the door. */
export interface HostClient {
  send(message: HostMessage): void;
}

export interface HostSocketHandlers {
  message(client: HostClient, message: ClientMessage): void;
  /** It left, or died. */
  disconnected(client: HostClient): void;
}

/** The host's Unix socket, for its owner only. */
export interface HostSocket {
  /** No new client gets in; those inside stay. */
  close(): void;
  /** Those inside are put out: they take it for the end of all processes. */
  disconnectAll(): void;
}

/** Opens the door. The path must be free: its holder of the host's lock has removed what was there. */
export async function openHostSocket(path: string, handlers: HostSocketHandlers): Promise<HostSocket> {
  const inside = new Set<Socket>();
  const server = createServer((socket) => {
    inside.add(socket);
    socket.once('close', () => inside.delete(socket));
    serveClient(socket, handlers);
  });
  await listen(server, path);
  return {
    close: () => {
      server.close();
    },
    disconnectAll: () => {
      for (const socket of inside) socket.destroy();
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
      // Another version of us, or no one of ours: nothing sensible can be said to it.
      socket.destroy();
    }
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    handlers.disconnected(client);
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The socket carries environments: nobody else may connect, not even before its mode could be changed.
    const before = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(before);
  });
}

/**
 * Makes the folder of a socket that does not fit into the home. Others can write where it is made: one that was
 * made by somebody else, or lets them in, is refused.
 */
export async function privateSocketFolder(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(folder);
  if ((process.getuid !== undefined && uid !== process.getuid()) || (mode & 0o077) !== 0) {
    throw new EnvironmentError(
      `${folder}, where the stack's socket goes, is not yours alone.`,
      'Remove it, or set LEADWRIGHT_HOME to a shorter path of your own.',
    );
  }
}
