/** What of a red command's output is worth reading, by the model and in an event. Pure. */
import { asTerminalText } from './neutral-output.js';
import {
  FAILED_NAME,
  FAILURE_MESSAGE,
  FAILURES_BEGIN,
  FOREIGN_FRAME,
  TEST_LISTING,
  NOISE,
  TAP_PASSED,
} from './runner-shapes.js';

/** About two thousand tokens: the failures of a task's tests, not of a whole suite gone wrong. */
export const SUMMARY_LIMIT = 8000;
/** An event's summary is one line of a list. */
const ONE_LINE_LIMIT = 300;
/** What came before the runner's own account: a hint at most, since that account repeats what matters. */
const HINT_SHARE = 1 / 4;
/** Where something must be cut out, the first failures tell more than the last totals. */
const HEAD_SHARE = 2 / 3;
/** Longer lines are data (a minified file, a dump): their beginning says which. */
const LINE_LIMIT = 1000;

/**
 * The part of an output that tells why it is red: the failing tests, their messages and the stack lines in
 * the project. An output of an unknown shape keeps its beginning and its end.
 * @param limit in characters, of the result
 */
export function summarise(output: string, { limit = SUMMARY_LIMIT }: { limit?: number } = {}): string {
  const lines = removeForeignFrames(removeNoise(asTerminalText(output).split('\n'))).map(truncateLine);
  const begin = lines.findIndex(beginsFailures);
  if (begin < 0) return cutMiddle(trimEmptyLines(lines), limit);
  const failures = lines.slice(begin);
  const told = new Set(failures.map((line) => line.trim()));
  const before = trimEmptyLines(
    lines.slice(0, begin).filter((line) => !told.has(line.trim()) && !TEST_LISTING.test(line)),
  );
  const hint = cutMiddle(before, Math.floor(limit * HINT_SHARE));
  if (hint === '') return cutMiddle(trimEmptyLines(failures), limit);
  return `${hint}\n\n${cutMiddle(trimEmptyLines(failures), limit - hint.length - 2)}`;
}

/** The first failing test and its message, or the last line of an output of unknown shape. */
export function summariseInOneLine(output: string, limit = ONE_LINE_LIMIT): string {
  const lines = summarise(output).split('\n');
  const account = lines.slice(Math.max(0, lines.findIndex(beginsFailures)));
  const named = findFirstMatch(account, FAILED_NAME);
  const message = findMessage(account.slice(named?.index ?? 0)) || findMessage(lines);
  const told = [named === null ? '' : readTestName(account, named), message].filter((part) => part !== '');
  const text = (told.length === 0 ? lastLine(lines) : told.join(': ')).replace(/\s+/g, ' ').trim();
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

const beginsFailures = (line: string): boolean => FAILURES_BEGIN.some((pattern) => pattern.test(line));

function removeNoise(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let inPassed = false;
  let afterPassed = false;
  for (const line of lines) {
    if (inPassed) {
      inPassed = line.trim() !== '...';
      continue;
    }
    inPassed = afterPassed && line.trim() === '---';
    afterPassed = TAP_PASSED.test(line);
    if (inPassed || afterPassed || NOISE.some((pattern) => pattern.test(line))) continue;
    kept.push(line);
  }
  return kept;
}

function removeForeignFrames(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let foreignIndent: number | null = null;
  for (const [index, line] of lines.entries()) {
    const indent = line.length - line.trimStart().length;
    // Python prints the source below the frame, further in.
    if (foreignIndent !== null && line !== '' && indent > foreignIndent) continue;
    foreignIndent = /^\s+File "/.test(line) && FOREIGN_FRAME.test(line) ? indent : null;
    // Rust prints the frame's place below its name.
    const placedBelow = /^\s+\d+: /.test(line) && FOREIGN_FRAME.test(lines[index + 1] ?? '');
    if (!placedBelow && !FOREIGN_FRAME.test(line)) kept.push(line);
  }
  return kept;
}

function truncateLine(line: string): string {
  return line.length <= LINE_LIMIT ? line : `${line.slice(0, LINE_LIMIT - 1)}…`;
}

/** Without empty lines at both ends and with at most one between two others. */
function trimEmptyLines(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** Whole lines from both ends, with a line between them saying how many were left out. */
function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const lines = text.split('\n');
  // What the line in the middle takes, with the largest number it may hold.
  const room = Math.max(0, limit - `\n… ${lines.length} lines left out …\n`.length);
  const head = takeFitting(lines, Math.floor(room * HEAD_SHARE));
  const tail = takeFitting(lines.slice(head.length).toReversed(), room - lengthOf(head)).toReversed();
  const leftOut = lines.length - head.length - tail.length;
  return [...head, `… ${leftOut} lines left out …`, ...tail].join('\n').slice(0, limit);
}

function takeFitting(lines: readonly string[], room: number): string[] {
  let left = room;
  const end = lines.findIndex((line) => (left -= line.length + 1) < 0);
  return lines.slice(0, end < 0 ? lines.length : end);
}

const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

interface Match {
  readonly index: number;
  readonly text: string;
}

/** The first line that any of the patterns knows. */
function findFirstMatch(lines: readonly string[], patterns: readonly RegExp[]): Match | null {
  for (const [index, line] of lines.entries()) {
    for (const pattern of patterns) {
      const match = pattern.exec(line);
      if (match !== null) return { index, text: (match[1] ?? '').trim() };
    }
  }
  return null;
}

/** mocha nests a test's name over several lines, the last of which ends in a colon. */
function readTestName(lines: readonly string[], { index, text }: Match): string {
  if (!/^\s+1\) /.test(lines[index] ?? '')) return text;
  const blank = lines.indexOf('', index);
  const below = lines.slice(index + 1, blank < 0 ? lines.length : blank).map((line) => line.trim());
  return below.at(-1)?.endsWith(':') === true ? [text, ...below].join(' ').slice(0, -1) : text;
}

/** A message, and the line after it when it announces one ("Expected values to be strictly equal:"). */
function findMessage(lines: readonly string[]): string {
  const match = findFirstMatch(lines, FAILURE_MESSAGE);
  if (match === null) return '';
  const below = lines.slice(match.index + 1).filter((line) => line.trim() !== '');
  const first = match.text === '' ? (below.shift() ?? '').trim() : match.text;
  return first.endsWith(':') ? `${first} ${(below[0] ?? '').trim()}` : first;
}

function lastLine(lines: readonly string[]): string {
  return lines.findLast((line) => line.trim() !== '') ?? '';
}
