/** The output of a test, its failing part first. Pure. */
import { FAILED_NAME, FAILURES_BEGIN } from '../../results/runner-shapes.js';

export interface OrderedOutput {
  /** From the first sign of a failure on. */
  readonly failing: string;
  /** What was printed before it; empty where nothing was, or nothing failed in a shape that is known. */
  readonly before: string;
}

/** A runner's own account of its failures, where it gives one; else from the first failing test on. */
export function failingFirst(output: string): OrderedOutput {
  const lines = output.split('\n');
  const account = firstMatch(lines, FAILURES_BEGIN);
  const begin = account >= 0 ? account : firstMatch(lines, FAILED_NAME);
  if (begin <= 0) return { failing: output.trim(), before: '' };
  return { failing: joined(lines.slice(begin)), before: joined(lines.slice(0, begin)) };
}

function firstMatch(lines: readonly string[], patterns: readonly RegExp[]): number {
  return lines.findIndex((line) => patterns.some((pattern) => pattern.test(line)));
}

const joined = (lines: readonly string[]): string => lines.join('\n').replace(/^\n+|\s+$/g, '');
