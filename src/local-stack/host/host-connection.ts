import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { deferred } from '../../shared/async/deferred.js';
import { EnvironmentError } from '../../contract/errors.js';
import { isOwnSocketFolder, realHome } from '../../shared/network/sockets.js';
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
  /**
   * Waits for what the host does or says, however long that takes.
   * @throws SilentHostError when the host is suspended or hangs meanwhile
   */
  whileItAnswers<T>(awaited: Promise<T>): Promise<T>;
}

type Connection = Omit<HostConnection, 'whileItAnswers'>;

/** The host has the connection, and says nothing. */
export class SilentHostError extends EnvironmentError {
  override readonly name = 'SilentHostError';
}

/** A host answers in milliseconds, and in seconds on a busy machine. One that says nothing for longer hangs. */
const ANSWER_MS = 30_000;

/**
 * Connects to the host of a home; undefined when none of this account listens.
 * @param limitMs in which the host has to answer, now and later
 * @throws EnvironmentError when the host serves another home, or does not answer
 */
export async function connectHost(
  { home, sockets }: Pick<StackPaths, 'home' | 'sockets'>,
  limitMs = ANSWER_MS,
): Promise<HostConnection | undefined> {
  const host = await openConnection(sockets.host);
  if (host === undefined) return undefined;
  // Once: when the home is moved or deleted meanwhile, the host that answers is still the same one.
  const greeting: ClientMessage = { type: 'home', home: realHome(home) };
  host.send(greeting);
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
  return {
    ...host,
    next: () => nextAfterWelcome(host),
    whileItAnswers: (awaited) => whileItAnswers(host, { home, greeting, limitMs }, awaited),
  };
}

/** A host says `welcome` again each time that it is asked whether it answers. */
async function nextAfterWelcome({ next }: Connection): Promise<HostMessage | undefined> {
  for (;;) {
    const message = await next();
    if (message?.type !== 'welcome') return message;
  }
}

/** How a host is asked whether it answers. */
interface Inquiry {
  readonly home: string;
  readonly greeting: ClientMessage;
  readonly limitMs: number;
}

async function whileItAnswers<T>(
  host: Connection,
  { home, greeting, limitMs }: Inquiry,
  awaited: Promise<T>,
): Promise<T> {
  const silence = deferred<undefined>();
  let hasAnswered = true;
  const hear = () => (hasAnswered = true);
  const ask = () => {
    if (!hasAnswered) silence.resolve(undefined);
    hasAnswered = false;
    host.send(greeting);
  };
  host.socket.on('data', hear);
  ask();
  // Not at once: a command that was suspended itself first reads what came meanwhile.
  const timer = setInterval(() => setImmediate(ask), limitMs);
  const giveUp = async (): Promise<never> => {
    await silence.promise;
    throw await doesNotAnswer(home);
  };
  try {
    return await Promise.race([awaited, giveUp()]);
  } catch (error) {
    host.socket.destroy();
    throw error;
  } finally {
    clearInterval(timer);
    host.socket.off('data', hear);
  }
}

/** The kernel accepts the connection to a suspended process, which then says nothing. */
async function doesNotAnswer(home: string): Promise<SilentHostError> {
  const file = await readStackFile(stackPaths(home).stackFile);
  const pid = file !== undefined && isAlive(file.host) ? file.host.pid : null;
  const what = pid === null ? 'its host' : `its host (process ${pid})`;
  const name = pid ?? 'PID';
  return new SilentHostError(
    `The stack does not answer: ${what} is suspended, or hangs.`,
    `Let it go on with \`kill -CONT ${name}\`. If it still does not answer, end it with \`kill -9 ${name}\`: the next command starts the stack again, and open runs continue.`,
  );
}

function openConnection(path: string): Promise<Connection | undefined> {
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

function createConnection(socket: Socket): Connection {
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
