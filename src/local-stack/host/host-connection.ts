import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import { isOwnSocketFolder, realHome } from '../../shared/sockets.js';
import {
  encodeMessage,
  hostMessage,
  messageReader,
  type ClientMessage,
  type HostMessage,
} from './host-protocol.js';
import { isAlive } from '../process/process-identity.js';
import { readStackFile } from '../stack-file.js';
import { stackPaths, type StackPaths } from '../stack-paths.js';

/** A command's connection to the host of its stack. */
export interface HostConnection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  send(message: ClientMessage): void;
  /** The next message; undefined when the connection has closed. */
  next(): Promise<HostMessage | undefined>;
}

/** A host answers in milliseconds, and in seconds on a busy machine. One that says nothing for longer hangs. */
const ANSWER_MS = 30_000;

/**
 * Connects to the host of a home; undefined when none of this account listens.
 * @throws EnvironmentError when the host serves another home, or does not answer within `limitMs` milliseconds
 */
export async function connectHost(
  { home, sockets }: Pick<StackPaths, 'home' | 'sockets'>,
  limitMs = ANSWER_MS,
): Promise<HostConnection | undefined> {
  const host = await openConnection(sockets.host);
  if (host === undefined) return undefined;
  host.send({ type: 'home', home: realHome(home) });
  const timeUp = AbortSignal.timeout(limitMs);
  const hangUp = () => host.socket.destroy();
  timeUp.addEventListener('abort', hangUp);
  const reply = await host.next();
  timeUp.removeEventListener('abort', hangUp);
  if (reply === undefined && timeUp.aborted) throw await doesNotAnswer(home);
  if (reply?.type === 'failed') {
    host.socket.destroy();
    throw new EnvironmentError(reply.message, reply.fix);
  }
  return host;
}

/** The kernel accepts the connection to a suspended process, which then says nothing. */
async function doesNotAnswer(home: string): Promise<EnvironmentError> {
  const file = await readStackFile(stackPaths(home).stackFile);
  const pid = file !== undefined && isAlive(file.host) ? file.host.pid : null;
  const what = pid === null ? 'its host' : `its host (process ${pid})`;
  const name = pid ?? 'PID';
  return new EnvironmentError(
    `The stack does not answer: ${what} is suspended, or hangs.`,
    `Let it go on with \`kill -CONT ${name}\`. If it still does not answer, end it with \`kill -9 ${name}\`: the next command starts the stack again, and open runs continue.`,
  );
}

function openConnection(path: string): Promise<HostConnection | undefined> {
  return new Promise((resolve) => {
    // A command sends its model key to the host.
    if (!isOwnSocketFolder(dirname(path))) {
      resolve(undefined);
      return;
    }
    const socket = connect(path);
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => resolve(createConnection(socket)));
  });
}

function createConnection(socket: Socket): HostConnection {
  const read = messageReader(hostMessage);
  const inbox: HostMessage[] = [];
  let wake = (): void => undefined;
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isClosed = true;
      wake();
      resolve();
    });
  });
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text: string) => {
    try {
      inbox.push(...read(text));
      wake();
    } catch {
      socket.destroy();
    }
  });
  const next = async (): Promise<HostMessage | undefined> => {
    while (inbox.length === 0 && !isClosed) await new Promise<void>((resolve) => (wake = resolve));
    return inbox.shift();
  };
  return {
    socket,
    closed,
    next,
    send: (message) => {
      if (socket.writable) socket.write(encodeMessage(message));
    },
  };
}
