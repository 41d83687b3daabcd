/** Summarises a failed command's output, for the model and for events. Pure. */
import { count } from '../shared/words/format.js';
import { asTerminalText } from './neutral-output.js';
import {
  FAILED_IN_PLACE,
  FAILED_NAME,
  FAILURE_MESSAGE,
  FAILURES_BEGIN,
  FOREIGN_FRAME,
  TEST_LISTING,
  NO_REASON,
  NOISE,
  REFUSED_CONNECTION,
  TAP_PASSED,
} from './runner-shapes.js';

/** In characters, about two thousand tokens: enough for the failures of a task's tests, not of a whole suite. */
const SUMMARY_LIMIT = 8000;
/** An event's summary is one line in a list. */
const ONE_LINE_LIMIT = 300;
/** Share of the lines before the runner's failure report, which repeats what matters in them. */
const HINT_SHARE = 1 / 4;
/** Share of the beginning when the middle is cut: the first failures are more useful than the final totals. */
const HEAD_SHARE = 2 / 3;
/** Longer lines are data (a minified file, a dump). Their beginning is enough to identify them. */
const LINE_LIMIT = 1000;

/**
 * Extracts why a command failed: the failed tests, their messages and the stack frames in the project. If the format is
 * unknown, the beginning and the end of the output are kept.
 * @param limit maximum length of the result in characters
 */
export function summarise(output: string, { limit = SUMMARY_LIMIT }: { limit?: number } = {}): string {
  // Shortened first: a pattern takes time quadratic in the length of a line.
  const read = asTerminalText(output).split('\n').map(truncateLine);
  const lines = collapseRepeats(joinEmptyLines(removeForeignFrames(removeNoise(read))));
  const begin = lines.findIndex(beginsFailures);
  if (begin < 0) return cutMiddle(trimEmptyLines(lines), limit);
  const failures = lines.slice(begin);
  const reported = new Set(failures.map((line) => line.trim()));
  const before = trimEmptyLines(
    lines.slice(0, begin).filter((line) => !reported.has(line.trim()) && !TEST_LISTING.test(line)),
  );
  const hint = cutMiddle(before, Math.floor(limit * HINT_SHARE));
  if (hint === '') return cutMiddle(trimEmptyLines(failures), limit);
  return `${hint}\n\n${cutMiddle(trimEmptyLines(failures), limit - hint.length - 2)}`;
}

/** What a test runner reports about failures, as `summarise` gives it; null for output without such a report. */
export function findFailures(output: string, limit: number): string | null {
  const shapes = [...FAILURES_BEGIN, ...FAILED_IN_PLACE];
  const lines = asTerminalText(output).split('\n').map(truncateLine);
  return lines.some((line) => shapes.some((shape) => shape.test(line))) ? summarise(output, { limit }) : null;
}

/**
 * Returns the first failed test and its message in one line, or the last line when the format is unknown; of a set-up whose
 * connection was refused, that.
 */
export function summariseInOneLine(output: string, limit = ONE_LINE_LIMIT): string {
  // All of it: in a part, the first name could be followed by another test's message.
  const lines = summarise(output, { limit: Number.POSITIVE_INFINITY }).split('\n');
  const report = lines.slice(Math.max(0, lines.findIndex(beginsFailures)));
  const named = findFirstMatch(report, FAILED_NAME);
  const message = findMessage(report.slice(named?.index ?? 0)) || findMessage(lines);
  const parts = [named === null ? '' : readTestName(report, named), message].filter((part) => part !== '');
  const cause = lines.find((line) => REFUSED_CONNECTION.test(line));
  const text = (cause ?? (parts.length === 0 ? lastLine(lines) : parts.join(': ')))
    .replace(/\s+/g, ' ')
    .trim();
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** Says in one line how a command ended, with what its output says of a failure. @param exitCode null when a signal ended it */
export function explainEnd(
  { exitCode, reason }: { readonly exitCode: number | null; readonly reason: string },
  output: string,
): string {
  // The output of a command that exited with 0 names no failure; then the reason is enough.
  const detail = exitCode === 0 ? '' : summariseInOneLine(output);
  return detail === '' ? reason : `${reason}: ${detail}`;
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
    // Python prints the source line below the frame, with more indentation.
    if (foreignIndent !== null && line !== '' && indent > foreignIndent) continue;
    foreignIndent = /^\s+File "/.test(line) && FOREIGN_FRAME.test(line) ? indent : null;
    // Rust prints the frame's location on the line below its name.
    const hasForeignLocationBelow = /^\s+\d+: /.test(line) && FOREIGN_FRAME.test(lines[index + 1] ?? '');
    if (!hasForeignLocationBelow && !FOREIGN_FRAME.test(line)) kept.push(line);
  }
  return kept;
}

/** Leaves one of several empty lines: they repeat where noise was removed, which tells nothing. */
function joinEmptyLines(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== '' || lines[index - 1] !== '');
}

/** Lines of a block that repeats, such as the frames of functions that call each other. */
const MOST_REPEATED = 15;
/** A block that comes again this often tells nothing new. */
const REPEATS_SHOWN = 3;

/** Replaces the repetitions of a block of lines: a recursion fills thousands of them. */
function collapseRepeats(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < lines.length;) {
    const { size, end } = findRepeats(lines, at);
    const shown = size * REPEATS_SHOWN;
    if (end - at <= shown) kept.push(lines[at++] ?? '');
    else {
      kept.push(...lines.slice(at, at + shown), `… ${count(end - at - shown, 'line')} like these left out …`);
      at = end;
    }
  }
  return kept;
}

/** The block at a line that covers the most lines by its repetitions, and their end. */
function findRepeats(lines: readonly string[], at: number): { readonly size: number; readonly end: number } {
  let best = { size: 1, end: at + 1 };
  for (let size = 1; size <= MOST_REPEATED; size++) {
    let end = at + size;
    while (end < lines.length && lines[end] === lines[end - size]) end += 1;
    const whole = end - ((end - at) % size);
    if (whole - at > size * REPEATS_SHOWN && whole > best.end) best = { size, end: whole };
  }
  return best;
}

function truncateLine(line: string): string {
  return line.length <= LINE_LIMIT ? line : `${line.slice(0, LINE_LIMIT - 1)}…`;
}

/** Removes empty lines at both ends, and reduces several empty lines to one. */
function trimEmptyLines(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** Keeps whole lines from both ends, with a line between them that gives the number of omitted lines. */
function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const lines = text.split('\n');
  // Reserves space for the middle line with the largest possible number.
  const room = Math.max(0, limit - `\n… ${lines.length} lines left out …\n`.length);
  const head = takeFitting(lines, Math.floor(room * HEAD_SHARE));
  const tail = takeFitting(lines.slice(head.length).toReversed(), room - lengthOf(head)).toReversed();
  const leftOut = lines.length - head.length - tail.length;
  return [...head, `… ${count(leftOut, 'line')} left out …`, ...tail].join('\n').slice(0, limit);
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

/** Finds the first line that matches a pattern. */
function findFirstMatch(lines: readonly string[], patterns: readonly RegExp[]): Match | null {
  for (const [index, line] of lines.entries()) {
    for (const pattern of patterns) {
      const match = pattern.exec(line);
      if (match !== null) return { index, text: (match[1] ?? '').trim() };
    }
  }
  return null;
}

/** Reads a test's name. mocha prints it over several lines, the last of which ends with a colon. */
function readTestName(lines: readonly string[], { index, text }: Match): string {
  if (!/^\s+1\) /.test(lines[index] ?? '')) return text;
  const blank = lines.indexOf('', index);
  const below = lines.slice(index + 1, blank < 0 ? lines.length : blank).map((line) => line.trim());
  return below.at(-1)?.endsWith(':') === true ? [text, ...below].join(' ').slice(0, -1) : text;
}

/** Finds a message. When it ends with a colon ("Expected values to be strictly equal:"), adds the next line. */
function findMessage(lines: readonly string[]): string {
  const match = findFirstMatch(lines, FAILURE_MESSAGE);
  if (match === null) return '';
  const below = lines.slice(match.index + 1).filter((line) => line.trim() !== '');
  const first = match.text === '' ? (below.shift() ?? '').trim() : match.text;
  return first.endsWith(':') ? `${first} ${(below[0] ?? '').trim()}` : first;
}

/** The last line that may be a reason or, when there is none, the last of all. */
function lastLine(lines: readonly string[]): string {
  const printed = lines.filter((line) => line.trim() !== '');
  const reason = printed.findLast((line) => !NO_REASON.some((pattern) => pattern.test(line)));
  return reason ?? printed.at(-1) ?? '';
}
