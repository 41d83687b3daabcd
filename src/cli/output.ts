/** Where a command's words go: results to stdout, everything else to stderr. */
import pc from 'picocolors';
import {
  EnvironmentError,
  EXIT,
  UsageError,
  messageOf,
  type ExitCode,
  type Problem,
} from '../contract/errors.js';
import { maskedLog } from '../redaction/redacted-log.js';

/** A result, and nothing else, on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** One JSON document a line (`watch --json`, `events`). */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Progress, warnings and errors. */
export function say(text: string): void {
  maskedLog.write(`${text}\n`);
}

export function warn(text: string): void {
  say(`${pc.yellow('warning:')} ${text}`);
}

/** What went wrong, for the person who asked: no stack. Gives the exit code. */
export function explain(error: unknown): ExitCode {
  if (error instanceof UsageError) {
    say(`${pc.red('error:')} ${error.message}`);
    for (const problem of error.problems) say(`  ${problemLine(problem)}`);
    return EXIT.usage;
  }
  if (error instanceof EnvironmentError) {
    say(`${pc.red('error:')} ${error.message}`);
    say(`  ${error.fix}`);
    return EXIT.environment;
  }
  say(`${pc.red('error:')} ${messageOf(error)}`);
  return EXIT.environment;
}

function problemLine({ line, path, message }: Problem): string {
  const where = [line === null ? null : `line ${line}`, path === '' ? null : path].filter(
    (part) => part !== null,
  );
  return where.length === 0 ? message : `${where.join(', ')}: ${message}`;
}
