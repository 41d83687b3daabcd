/** How a command came to its end. */
import { performance } from 'node:perf_hooks';
import type { BoundedOutput } from './bounded-output.js';

/**
 * By itself, or because it was ended: its time was over, it was cancelled, it printed without end, or it used up
 * the memory, the processor time or the disk space (with the number of files) that it may have.
 */
export type EndReason = 'exited' | 'timeout' | 'cancelled' | 'output' | 'memory' | 'processor' | 'disk';

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ended: EndReason;
  readonly ms: number;
  /** stdout and stderr as they came, bounded: the beginning and the end, with a line in place of the rest. */
  readonly output: string;
  /** How much was printed, kept or not. */
  readonly outputBytes: number;
  /** The shell could not find what it was to run. */
  readonly commandNotFound: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}
/** Of what was never started. */
export const NOT_STARTED: Exit = { code: null, signal: null };

/** How much of a command's output is kept: all that a person might read, and little enough for memory. */
export const OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024;

/** @param started on the clock of `performance` */
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
 * 127 alone is not enough: a test runner may exit with its number of failures. The shell's own line is
 * recognised by its shape ("sh: 1: mocha: not found"), whatever language it speaks; npm passes both on.
 */
export function isCommandNotFound(exitCode: number | null, output: string): boolean {
  return exitCode === 127 && /^(?:\/\S*\/)?(?:[a-z]*sh|env): .+: .+$/m.test(output);
}
