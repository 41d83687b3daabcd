/** Finds the failures in the output of a test. Pure. */
import { FAILED_NAME, FAILURES_BEGIN } from '../../results/runner-shapes.js';

export interface SplitOutput {
  /** From the first failure on; the whole output when no failure was recognised. */
  readonly failures: string;
  /** The output before it; empty when there is none or no failure was recognised. */
  readonly before: string;
}

/** Splits at the runner's summary of failures if there is one, else at the first failing test. */
export function splitTestOutput(output: string): SplitOutput {
  const lines = output.split('\n');
  const summary = firstMatch(lines, FAILURES_BEGIN);
  const begin = summary >= 0 ? summary : firstMatch(lines, FAILED_NAME);
  if (begin <= 0) return { failures: output.trim(), before: '' };
  return { failures: join(lines.slice(begin)), before: join(lines.slice(0, begin)) };
}

function firstMatch(lines: readonly string[], patterns: readonly RegExp[]): number {
  return lines.findIndex((line) => patterns.some((pattern) => pattern.test(line)));
}

const join = (lines: readonly string[]): string => lines.join('\n').replace(/^\n+|\s+$/g, '');
