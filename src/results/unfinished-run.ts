/**
 * Detects, from its output, a test runner that ended with success in the middle of its work, because code that it had
 * imported ended the process. Pure.
 */
import { shortLines } from './short-lines.js';

/** A line that a runner prints first, and the line with which it always answers it at its end. Data. */
interface Bracket {
  readonly runner: string;
  readonly begin: RegExp;
  readonly end: RegExp;
}

/**
 * Only pairs that the same setting switches on and off, such that no quiet flag or reporter leaves the first alone. A
 * false alarm would fail a good task. Runners that announce nothing (mocha, jest, go) are not in the list.
 */
const BRACKETS: readonly Bracket[] = [
  {
    runner: 'pytest',
    begin: /^=+ test session starts =+$/,
    // The second form is that of pytest-pretty.
    end: /^(?:=+ .* in [\d.]+ ?s(?:econds)?\b.* =+|\s*Results \([\d.]+s.*)$/,
  },
  { runner: 'cargo test', begin: /^running \d+ tests?$/, end: /^test result: / },
  // jest prints the first line when a test calls process.exit.
  { runner: 'jest', begin: /^\s*(?:● )?process\.exit called with "0"$/, end: /^Tests: +\d/ },
  // The plan is required, at the beginning or at the end. Plans of subtests are indented.
  { runner: 'a TAP producer', begin: /^TAP version 1[34]$/, end: /^1\.\.\d+/ },
];

/** unittest announces nothing, but no option leaves its last lines out. */
const UNITTEST =
  /^(?:\w+=[\w./-]* )*(?:\S*\/)?python[\d.]*(?: -[A-LN-Za-ln-z]\w*)* -m unittest(?: [\w./ -]*)?$/;
const UNITTEST_END = /^Ran \d+ tests? in [\d.]+s$/;

/**
 * Finds the sentence that says which runner did not finish; null when each did, or when that is not certain.
 * @param output complete; of a command that ended with exit code 0
 */
export function findUnfinishedRun(command: string, output: string): string | null {
  const lines = shortLines(output);
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  const open = BRACKETS.find(({ begin, end }) => count(begin) > count(end));
  const runner =
    open?.runner ?? (UNITTEST.test(command.trim()) && count(UNITTEST_END) === 0 ? 'unittest' : null);
  return runner === null
    ? null
    : `${runner} ended with exit code 0 before its summary: code that it ran ended the process`;
}
