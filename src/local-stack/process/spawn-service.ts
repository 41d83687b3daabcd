import { spawn, type ChildProcess, type Serializable } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { Socket } from 'node:net';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { makeFolder } from '../../shared/files/make-folder.js';
import { identityOf, type ProcessIdentity } from './process-identity.js';
import { lastLine } from './run-tool.js';

export interface ServiceCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** The file that all its output is appended to. */
  readonly log: string;
  /** Whether the process is one of Node's, which gets messages and connections from this one. */
  readonly messages?: boolean;
}

/** How a process ended, for messages: "exit code 1" or "SIGKILL". */
export type Ending = string;

export interface RunningProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<Ending>;
  /** The first line on stdout; never resolves when there is none. */
  readonly firstLine: Promise<string>;
  /** Writes a line to its stdin. */
  writeLine(line: string): void;
  /** The last line of the log that names an error, else the last line, cut to fit a message. Empty when there is none. */
  lastLogLine(): Promise<string>;
}

/** A process that was started with `messages`. */
export interface ReceivingProcess extends RunningProcess {
  /** Sends a message, with a connection that the process takes over. Does nothing when it has ended. */
  send(message: Serializable, connection?: Socket): void;
}

/** A longer log is renamed to `….old` and a new one begins: nobody reads more, and it would fill the user's disk. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;
/** The longest log line in a message. The end of the line is kept, because a wrapped error has its cause there. */
const MAX_LOG_LINE_CHARS = 240;

/**
 * Starts a process of the stack. Its stdin is a pipe that closes when the host ends, however it ends, so that a process
 * that reads it can end itself. Its output goes to its log.
 */
export async function spawnService(service: ServiceCommand): Promise<ReceivingProcess> {
  // A person who tidies up may remove it while the stack runs.
  await makeFolder(dirname(service.log));
  await rotateLog(service.log);
  const log = await open(service.log, 'a', 0o600);
  const { size } = await log.stat();
  try {
    const child = spawn(service.command, service.args, {
      cwd: service.cwd,
      env: { ...service.env },
      stdio: ['pipe', 'pipe', log.fd, ...(service.messages === true ? (['ipc'] as const) : [])],
      ...(service.uid === undefined ? {} : { uid: service.uid }),
      ...(service.gid === undefined ? {} : { gid: service.gid }),
    });
    return await observeProcess(child, service.log, size);
  } finally {
    await log.close();
  }
}

/** Implements `lastLogLine`. The first `from` bytes of the log were written by an earlier process. */
async function readLastLogLine(log: string, from: number): Promise<string> {
  const written = (await readFile(log).catch(() => Buffer.alloc(0))).subarray(from).toString('utf8');
  // The error need not be last: stdout goes through this process and may reach the log after stderr.
  const error = written.split('\n').findLast((text) => /\b(error|fatal|panic)\b/i.test(text));
  const line = error?.trim() ?? lastLine(written);
  return line.length <= MAX_LOG_LINE_CHARS ? line : `… ${line.slice(-MAX_LOG_LINE_CHARS)}`;
}

/** Renames the log of a service or of the host when it has grown too long. */
export async function rotateLog(path: string): Promise<void> {
  if (await isLogFull(path)) await rename(path, `${path}.old`);
}

/** Whether the log is renamed at the next start. */
export async function isLogFull(path: string): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  return size > MAX_LOG_BYTES;
}

/**
 * Creates a function that hands connections to a process. This process closes its own copy of one once it is on its way,
 * or when the process ends before: Node itself forgets those that wait behind another, and their clients would wait for
 * ever.
 */
function connectionSender(child: ChildProcess): (message: Serializable, connection: Socket) => void {
  const waiting = new Set<Socket>();
  child.once('exit', () => {
    for (const connection of waiting) connection.destroy();
  });
  return (message, connection) => {
    waiting.add(connection);
    child.send(message, connection, { keepOpen: true }, () => {
      waiting.delete(connection);
      connection.destroy();
    });
  };
}

async function observeProcess(child: ChildProcess, log: string, logFrom: number): Promise<ReceivingProcess> {
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
  });
  const firstLine = new Promise<string>((resolve) => {
    const sink = createWriteStream(log, { flags: 'a', mode: 0o600 });
    let head: string | undefined = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (head !== undefined) {
        head += text;
        const end = head.indexOf('\n');
        if (end >= 0) resolve(head.slice(0, end));
        if (end >= 0) head = undefined;
      }
      sink.write(text);
    });
    child.stdout?.once('close', () => sink.end());
    // A full disk must not end the stack, so a log line that cannot be written is lost.
    sink.on('error', () => undefined);
  });
  child.stdin?.on('error', () => undefined);
  const handOver = connectionSender(child);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  // Undefined when it is a zombie already. Then the pid is enough: it cannot be reused before Node has read its exit.
  return {
    identity: identity ?? { pid: child.pid ?? 0, startedAt: 'gone' },
    ended,
    firstLine,
    writeLine: (line) => void child.stdin?.write(`${line}\n`),
    lastLogLine: () => readLastLogLine(log, logFrom),
    send: (message, connection) => {
      // An error means that the process ends, which `ended` tells.
      if (connection === undefined) child.send(message, () => undefined);
      else handOver(message, connection);
    },
  };
}
