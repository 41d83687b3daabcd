/** Output of a command: its result goes to stdout, everything else to stderr. */
import pc from 'picocolors';
import {
  EnvironmentError,
  EXIT,
  UsageError,
  messageOf,
  type ExitCode,
  type Problem,
} from '../contract/errors.js';
import { redactedLog } from '../redaction/redacted-log.js';
import type { JsonOption } from './command.js';

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
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints one line of JSON Lines (`watch --json`, `events --json`). */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Progress, warnings and errors. */
export function say(text: string): void {
  redactedLog.write(`${text}\n`);
}

export function warn(text: string): void {
  say(`${pc.yellow('warning:')} ${text}`);
}

/** Prints an error for a person, without its stack trace. Returns the exit code for it. */
export function printError(error: unknown): ExitCode {
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
