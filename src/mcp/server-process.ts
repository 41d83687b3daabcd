/** The process of an MCP server that speaks over its standard input and output. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LostProcessError } from '../shared/process/group.js';
import type { CommandResult } from '../results/command-result.js';
import { asTerminalText } from '../results/neutral-output.js';
import { CannotAttachError, type AttachServer } from '../sandbox/runners/runner.js';
import { redactedTail, type Redact } from './redacted-head.js';
import { ServerFailure, type Connection } from './session.js';
import { StreamTransport } from './stream-transport.js';

/** How a server's process ended. */
export interface ServerEnd {
  readonly result: CommandResult;
  /** The plan's set-up, when it failed and the server was not started; otherwise null. */
  readonly failedSetup: string | null;
}

/** The end of a process is known soon after the end of its output. */
const END_MS = 2_000;

/** Characters of a server's last error output that are shown: its last few lines. */
const ERROR_CHARS = 400;

/**
 * Starts a server and waits until it can be talked to.
 * @param command its name in messages
 * @param run runs it to its end, or until the signal stops it
 * @param redact hides the run's secrets in its error output
 * @param graceMs how long it may take to end by itself once its input has ended, before it is killed
 * @throws ServerFailure when it ends before; what `run` throws otherwise; the signal's reason when it is aborted
 */
export async function startServerProcess(
  command: string,
  run: (attach: AttachServer, signal: AbortSignal) => Promise<ServerEnd>,
  redact: Redact,
  signal: AbortSignal,
  graceMs = 0,
): Promise<Connection> {
  const stop = new AbortController();
  let flood: string | null = null;
  let attach: AttachServer = () => undefined;
  const attached = new Promise<Parameters<AttachServer>[0]>((resolve) => {
    attach = resolve;
  });
  const ended = run((streams) => attach(streams), AbortSignal.any([signal, stop.signal]));
  const why = ended.then(
    (end) => describeEnd(command, end, redact),
    (error: unknown) => {
      if (error instanceof CannotAttachError) return `${error.message}. ${error.fix}`;
      throw error;
    },
  );
  // A server that is stopped on purpose ends with the reason of the signal.
  why.catch(() => undefined);
  const streams = await Promise.race([attached, why]);
  if (typeof streams === 'string') {
    signal.throwIfAborted();
    throw new ServerFailure(streams);
  }
  const transport = new StreamTransport(streams, (reason) => {
    flood ??= `${reason}, and was stopped`;
    stop.abort();
  });
  return {
    transport,
    folders: streams.folders ?? [],
    whyEnded: async () =>
      flood ?? (await Promise.race([why.catch(unlessLost), sleep(END_MS, null, { ref: false })])),
    close: async () => {
      streams.input.end();
      if (graceMs > 0)
        await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]).catch(() => undefined);
      stop.abort();
      await ended.catch(() => undefined);
    },
  };
}

/** What happened to a server whose launcher died is nothing that it did. */
function unlessLost(error: unknown): null {
  if (error instanceof LostProcessError) throw error;
  return null;
}

function describeEnd(command: string, { result, failedSetup }: ServerEnd, redact: Redact): string {
  const said = redactedTail(asTerminalText(result.output).trim(), ERROR_CHARS, redact);
  const detail = said === '' ? '' : `: ${said}`;
  if (failedSetup !== null) return `the set-up (${failedSetup}) failed${detail}`;
  switch (result.ended) {
    case 'exited':
      if (result.commandNotFound) return `the command ${command} was not found`;
      return `it ended with ${result.exitCode === null ? (result.signal ?? 'a signal') : `exit code ${result.exitCode}`}${detail}`;
    case 'timeout':
      return 'it was stopped because it ran for too long';
    case 'cancelled':
      return 'it was stopped';
    case 'output':
      return 'it was stopped because it printed too much';
    case 'network':
      return 'it was stopped because its connections failed again and again';
    case 'memory':
    case 'processor':
    case 'disk':
      return `it was stopped because it used too much ${result.ended === 'processor' ? 'processor time' : result.ended}`;
  }
}
