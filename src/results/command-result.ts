/** The result of a command: its exit, its output and the reason for its end. */
import { performance } from 'node:perf_hooks';
import type { BoundedOutput } from './bounded-output.js';

/**
 * Why a command ended. `exited`: by itself. Otherwise it was stopped: by its timeout, by cancellation, or because it
 * exceeded its limit of output, memory, processor time, disk (space or number of files) or failed connections.
 */
export type EndReason =
  'exited' | 'timeout' | 'cancelled' | 'output' | 'memory' | 'processor' | 'disk' | 'network';

export interface CommandResult {
  /** Null when a signal killed the command. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ended: EndReason;
  readonly ms: number;
  /** stdout and stderr in their order, bounded: the beginning and the end, with a line in place of the middle. */
  readonly output: string;
  /** Number of bytes that were printed, kept or not. */
  readonly outputBytes: number;
  /** Whether the shell did not find a program that it should run. */
  readonly commandNotFound: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}
/** The exit of a command that was never started. */
export const NOT_STARTED: Exit = { code: null, signal: null };

/** Kept amount of a command's output: all that a person might read, and small enough for memory. */
export const OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024;

/** @param started the start time, from `performance.now()` */
export function createCommandResult(
  exit: Exit,
  ended: EndReason,
  output: BoundedOutput,
  started: number,
): CommandResult {
  const text = output.text();
  return {
    exitCode: exit.code,
    signal: exit.signal,
    ended,
    ms: Math.round(performance.now() - started),
    output: text,
    outputBytes: output.bytes,
    commandNotFound: ended === 'exited' && isCommandNotFound(exit.code, text),
  };
}

/**
 * Whether the shell, or make, reported a missing program. Exit code 127 alone is not enough, because a test runner may
 * exit with its number of failures. The error line ("sh: 1: mocha: not found") is recognised by its shape in any language.
 * npm passes on both the code and the line.
 */
export function isCommandNotFound(exitCode: number | null, output: string): boolean {
  return (exitCode === 127 || (exitCode === 2 && MAKE_127.test(output))) && NOT_FOUND.test(output);
}

/** make starts a simple command without a shell. Its line about the exit code of a command is no error line. */
const NOT_FOUND = /^(?:\/\S*\/)?(?:[a-z]*sh|env|g?make(?:\[\d+\])?): (?!\*\*\* ).+: .+$/m;

/** make exits with 2, and prints the exit code of the command that failed. */
const MAKE_127 = /^g?make(?:\[\d+\])?: \*\*\* \[.+\] \S+ 127$/m;
