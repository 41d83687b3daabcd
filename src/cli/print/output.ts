/**
 * Output of a command: its result goes to stdout, everything else to stderr. All text of commands is written here, and
 * encoded: a file, a model or a test cannot act on the terminal. Only `writeExactly` writes bytes as they are.
 */
import { pipeline } from 'node:stream/promises';
import {
  EnvironmentError,
  EXIT,
  NotFoundError,
  UsageError,
  messageOf,
  type ExitCode,
  type Problem,
} from '../../contract/errors.js';
import { redactOwnSecrets } from '../../redaction/own-secrets.js';
import { redactedLog } from '../../redaction/redacted-log.js';
import { encode, paint, styled, type Printable } from '../../shared/words/terminal-text.js';
import { showInvisible } from '../../shared/words/visible-text.js';
import type { JsonOption } from '../command.js';

/** Prints a command's result: as JSON with `--json`, otherwise as `printText` prints it for a person. */
export async function printResult(
  { json }: JsonOption,
  value: unknown,
  printText: () => void | Promise<void>,
): Promise<typeof EXIT.completed> {
  if (json === true) printJson(value);
  else await printText();
  return EXIT.completed;
}

export function printJson(value: unknown): void {
  writeText(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints one line of JSON Lines (`watch --json`, `events --json`). */
export function printJsonLine(value: unknown): void {
  writeText(jsonLine(value));
}

/** A value as one line of JSON Lines, whose invisible characters are escaped as JSON escapes them. */
export function jsonLine(value: unknown): string {
  return showInvisible(`${JSON.stringify(value)}\n`);
}

/** Prints texts as fast as stdout takes them. */
export async function pipeStdout(texts: () => AsyncIterable<string>): Promise<void> {
  const encoded = async function* () {
    for await (const text of texts()) yield encode(text);
  };
  await pipeline(encoded, process.stdout, { end: false });
}

export function print(text: Printable): void {
  writeText(styled`${text}\n`);
}

/** Prints a text that has its own line ends. */
export function writeText(text: Printable): void {
  process.stdout.write(encode(text));
}

/** Writes bytes as they are. The caller has made sure that no terminal reads them (`isTerminal`). */
export function writeExactly(bytes: Uint8Array): void {
  process.stdout.write(bytes);
}

/** Progress, warnings and errors. */
export function say(text: Printable): void {
  redactedLog.write(typeof text === 'string' ? `${text}\n` : styled`${text}\n`);
}

export function warn(text: string): void {
  sayLabelled(paint.yellow('warning:'), text);
}

/** Says a text after a label. Secrets are redacted before the text is encoded, as they are recognised better then. */
function sayLabelled(label: Printable, text: string): void {
  say(styled`${label} ${redactOwnSecrets(text)}`);
}

/** Where a run is followed. */
export type Stream = 'stdout' | 'stderr';

/** The part of a terminal that draws a live display: `write` takes control sequences. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** The terminal behind a stream, for a display that encodes every text itself; null when there is none. */
export function terminalOf(stream: Stream): Terminal | null {
  const found = process[stream];
  return found.isTTY ? found : null;
}

/** Prints a line on the stream on which a run is followed. */
export function printOn(stream: Stream, text: string): void {
  switch (stream) {
    case 'stdout':
      print(text);
      break;
    case 'stderr':
      say(text);
      break;
  }
}

/** Why the first part of the output was lost; null while none was. */
let outputFailure: Error | null = null;

/** Handles streams that cannot be written to. @param exitCode the exit code so far */
export function watchStreams(exitCode: () => number): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that closes the pipe early (`| head`) is not an error.
    if (error.code === 'EPIPE') process.exit(exitCode());
    // The command goes on: what it has begun, such as the start of a run, must not be left half done.
    outputFailure ??= error;
  });
  // A failed write of progress (a log on a full disk, say) must not end a command, least of all a worker.
  process.stderr.on('error', () => undefined);
}

/** Ends the process once everything is written. Handles that are still open (a pool, a socket) must not keep it alive. */
export function exitAfterOutput(exitCode: number): void {
  process.stdout.write('', () => {
    // The stream reports a failed write only after it has called back.
    setImmediate(() => {
      const code = outputFailure === null ? exitCode : reportLostOutput(outputFailure, exitCode);
      process.stderr.write('', () => process.exit(code));
    });
  });
}

/** A script that reads the output must not take its absence for success. */
function reportLostOutput(failure: Error, exitCode: number): number {
  const done = exitCode === EXIT.completed ? 'What the command had to do is done, but its' : 'The command’s';
  sayError(`${done} output could not be written: ${messageOf(failure)}`);
  say('  Free space where it goes, or send it elsewhere. `leadwright status` shows what is there.');
  return exitCode === EXIT.completed ? EXIT.environment : exitCode;
}

/** Prints an error as the result of a command with `--json`: one line, which is also a line of JSON Lines. */
export function printJsonError(error: unknown): void {
  printJsonLine(jsonError(error));
}

/** An error as `--json` prints it. */
export function jsonError(error: unknown) {
  const { message, problems, ...rest } = describeError(error);
  const hidden = problems.map((problem) => ({ ...problem, message: redactOwnSecrets(problem.message) }));
  return { error: { ...rest, message: redactOwnSecrets(message), problems: hidden } };
}

function describeError(error: unknown): {
  readonly code: 'usage' | 'not_found' | 'environment';
  readonly message: string;
  readonly problems: readonly Problem[];
  readonly fix?: string;
} {
  const message = messageOf(error).trim();
  if (error instanceof UsageError)
    return {
      code: error instanceof NotFoundError ? 'not_found' : 'usage',
      message,
      problems: error.problems,
    };
  const fix = error instanceof EnvironmentError ? { fix: error.fix } : {};
  return { code: 'environment', message, problems: [], ...fix };
}

/** Prints an error for a person, without its stack trace. Returns the exit code for it. */
export function printError(error: unknown): ExitCode {
  sayError(messageOf(error));
  if (error instanceof UsageError) {
    for (const problem of error.problems) say(`  ${problemLine(problem)}`);
    return EXIT.usage;
  }
  if (error instanceof EnvironmentError) say(`  ${error.fix}`);
  return EXIT.environment;
}

export function sayError(text: string): void {
  sayLabelled(paint.red('error:'), text);
}

function problemLine({ line, path, message }: Problem): string {
  const where = [line === null ? null : `line ${line}`, path === '' ? null : path].filter(
    (part) => part !== null,
  );
  return where.length === 0 ? message : `${where.join(', ')}: ${message}`;
}
