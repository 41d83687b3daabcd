import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { open, readFile, rename, stat } from 'node:fs/promises';
import type { Environment } from '../../shared/config.js';
import { identityOf, type ProcessIdentity } from './process-identity.js';
import { lastLine } from './run-tool.js';

export interface ServiceCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** File that takes all its output. */
  readonly log: string;
}

/** How a process ended, for a person: "exit code 1" or "SIGKILL". */
export type Ending = string;

export interface RunningProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<Ending>;
  /** Its first line on stdout; never resolves when there is none. */
  readonly firstLine: Promise<string>;
  /** The last line of its log that names an error, else the last, cut to fit a message; empty when it wrote none. */
  lastLogLine(): Promise<string>;
}

/** Beyond this a log starts anew, the one before it being kept: nobody reads more, and the disk is theirs. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;
/** Of its last line: what a person takes in. The cause of a wrapped error stands at the end, so that is kept. */
const MAX_LOG_LINE_CHARS = 240;

/**
 * Starts a process of the stack. Its stdin is a pipe that closes when the host is gone, however it went, so
 * that a process which listens there can end itself; its output goes to its log.
 */
export async function spawnService(service: ServiceCommand): Promise<RunningProcess> {
  await rotateLog(service.log);
  const log = await open(service.log, 'a', 0o600);
  const { size } = await log.stat();
  try {
    const child = spawn(service.command, service.args, {
      cwd: service.cwd,
      env: { ...service.env },
      stdio: ['pipe', 'pipe', log.fd],
      ...(service.uid === undefined ? {} : { uid: service.uid }),
      ...(service.gid === undefined ? {} : { gid: service.gid }),
    });
    return await observeProcess(child, service.log, size);
  } finally {
    await log.close();
  }
}

/** As `lastWords`, of a log of which the first `from` bytes are another process's. */
async function readLastLogLine(log: string, from: number): Promise<string> {
  const written = (await readFile(log).catch(() => Buffer.alloc(0))).subarray(from).toString('utf8');
  // What it prints takes another way into the log than its errors, and may come after them.
  const error = written.split('\n').findLast((text) => /\b(error|fatal|panic)\b/i.test(text));
  const line = error?.trim() ?? lastLine(written);
  return line.length <= MAX_LOG_LINE_CHARS ? line : `… ${line.slice(-MAX_LOG_LINE_CHARS)}`;
}

/** The log of a service or of the host starts anew when it has grown too long. */
export async function rotateLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_LOG_BYTES) await rename(path, `${path}.old`);
}

async function observeProcess(child: ChildProcess, log: string, logFrom: number): Promise<RunningProcess> {
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
    // A full disk must not end the stack: a log that cannot be written is lost.
    sink.on('error', () => undefined);
  });
  child.stdin?.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  // Already a zombie: its pid is enough, since nobody can have got it before we read its end.
  return {
    identity: identity ?? { pid: child.pid ?? 0, startedAt: 'gone' },
    ended,
    firstLine,
    lastLogLine: () => readLastLogLine(log, logFrom),
  };
}
